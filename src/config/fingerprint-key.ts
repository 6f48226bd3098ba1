import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { OperatorError } from '../domain/operator-error.ts'
import { makeFolder } from './make-folder.ts'

const KEY_BYTES = 32
/** Below 128 bits a fingerprint could be searched for. */
const KEY_BYTES_MIN = 16

/**
 * The secret key of all fingerprints: from the setting (hex or base64), else from the data folder, where
 * it is made on first use with mode 0600.
 *
 * @throws OperatorError when the setting is too short, or the file cannot be made or read
 */
export function fingerprintKey(options: {
  readonly setting: string
  readonly dataDir: string
}): Buffer {
  if (options.setting !== '') return decodeKey(options.setting, 'identity.fingerprintKey')
  const file = join(options.dataDir, 'fingerprint.key')
  try {
    if (!existsSync(file)) {
      makeFolder(dirname(file), 0o700)
      writeFileSync(file, `${randomBytes(KEY_BYTES).toString('hex')}\n`, {
        mode: 0o600,
        flag: 'wx',
      })
    }
    return decodeKey(readFileSync(file, 'utf8').trim(), file)
  } catch (error) {
    if (error instanceof OperatorError) throw error
    const remedy = 'Make the data folder writable for this user, or set dataDir to one that is.'
    throw new OperatorError([{ path: file, problem: systemProblem(error), remedy }], {
      cause: error,
    })
  }
}

function decodeKey(text: string, path: string): Buffer {
  const key = /^(?:[0-9a-f]{2})+$/i.test(text)
    ? Buffer.from(text, 'hex')
    : Buffer.from(text, 'base64')
  if (key.length >= KEY_BYTES_MIN) return key
  throw new OperatorError([
    {
      path,
      problem: `holds ${key.length} bytes of key, at least ${KEY_BYTES_MIN} are needed`,
      remedy:
        'Use the output of `openssl rand -hex 32`, and keep it: it links new events to the history.',
    },
  ])
}

const systemProblem = (error: unknown) =>
  error instanceof Error && 'code' in error
    ? `cannot be used (${String(error.code)})`
    : 'cannot be used'
