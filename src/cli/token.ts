import { parseArgs } from 'node:util'
import { fingerprintKey } from '../config/fingerprint-key.ts'
import { OperatorError } from '../domain/operator-error.ts'
import { createFingerprinter } from '../normalize/fingerprint.ts'
import { given, loadCommandSettings } from './load-command-settings.ts'

const help = `Prints the fingerprint of a raw token, as it stands in the store.

Usage: tokenwatch token hash [--config FILE] [--data-dir DIR] < token

The token is read from standard input, never from an argument: arguments are visible to every user of
the machine and stay in the shell's history.
`

const options = {
  config: { type: 'string' },
  'data-dir': { type: 'string' },
  help: { type: 'boolean', default: false },
} as const

const INPUT_BYTES_MAX = 65_536

/** `tokenwatch token hash`. */
export async function tokenCommand(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true })
  if (values.help || positionals.length === 0) {
    process.stdout.write(help)
    return values.help ? 0 : 2
  }
  if (positionals[0] !== 'hash' || positionals.length > 1) {
    process.stderr.write(`The token goes to standard input, not into an argument.\n\n${help}`)
    return 2
  }
  const settings = loadCommandSettings({
    configFile: values.config,
    overrides: given({ dataDir: values['data-dir'] }),
  })
  const key = fingerprintKey({
    setting: settings.identity.fingerprintKey,
    dataDir: settings.dataDir,
  })
  process.stdout.write(`${createFingerprinter(key).ofToken(await readToken())}\n`)
  return 0
}

async function readToken(): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of process.stdin) {
    const piece = Buffer.from(chunk)
    bytes += piece.length
    if (bytes > INPUT_BYTES_MAX) break
    chunks.push(piece)
  }
  const token = Buffer.concat(chunks).toString('utf8').trim()
  if (token !== '' && bytes <= INPUT_BYTES_MAX) return token
  throw new OperatorError([
    {
      path: 'standard input',
      problem: token === '' ? 'holds no token' : `is longer than ${INPUT_BYTES_MAX} bytes`,
      remedy: 'Pipe one raw token in: tokenwatch token hash < token.txt',
    },
  ])
}
