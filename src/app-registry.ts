import { readFileSync } from 'node:fs'
import type { Fingerprint } from './domain/access-event.ts'
import { type Fault, OperatorError } from './domain/operator-error.ts'
import type { RegisteredToken } from './domain/registered-token.ts'
import { parseRegisteredToken } from './normalize/parse-registered-token.ts'

/** More faults than this are not listed: the first ones tell what is wrong. */
const FAULTS_MAX = 10

/**
 * The token registry of a file, NDJSON; raw tokens are hashed as they are read.
 *
 * @throws OperatorError naming the lines at fault, or the file that cannot be read
 */
export function readRegistryFile(
  file: string,
  fingerprintOf: (rawToken: string) => Fingerprint,
): readonly RegisteredToken[] {
  const tokens: RegisteredToken[] = []
  const faults: Fault[] = []
  for (const [at, line] of readLines(file).entries()) {
    if (line.trim() === '') continue
    const result = parseRegisteredToken(line, fingerprintOf)
    if (result.ok) tokens.push(result.value)
    else if (faults.length < FAULTS_MAX) faults.push(lineFault(file, at + 1, result.reason))
  }
  if (faults.length > 0) throw new OperatorError(faults)
  return tokens
}

function readLines(file: string): readonly string[] {
  try {
    return readFileSync(file, 'utf8').split('\n')
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown error'
    const fault = {
      path: file,
      problem: `cannot be read (${code})`,
      remedy: 'Give the path of a token registry: NDJSON, one token a line.',
    }
    throw new OperatorError([fault], { cause })
  }
}

const lineFault = (file: string, line: number, reason: string): Fault => ({
  path: `${file}:${line}`,
  problem: reason.replaceAll('_', ' '),
  remedy: 'One JSON object a line with token or credentialId; docs/scan.md lists the fields.',
})
