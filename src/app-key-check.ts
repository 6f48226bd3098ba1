import { createHmac } from 'node:crypto'
import type { Shared } from './app-parts.ts'
import type { Tables } from './app-tables.ts'

const DEPENDENCY = 'fingerprint key'
/** A key in use is noted far more often than that. */
const RECENT_MS = 86_400_000

interface KeyCheckParts extends Shared {
  readonly tables: Pick<Tables, 'fingerprintKeys'>
  readonly fingerprintKey: Buffer
}

/**
 * Notes that our key names tokens in this store, and tells when another one does: then one credential has two
 * names, its history is split, and containment watches for the wrong one. After a change of the key on
 * purpose it says so for a day.
 */
export function createKeyCheck(parts: KeyCheckParts): () => Promise<void> {
  const { tables, health, log, clock } = parts
  const keyId = createHmac('sha256', parts.fingerprintKey)
    .update('\0key id')
    .digest('hex')
    .slice(0, 16)
  return async () => {
    await tables.fingerprintKeys.put({ keyId, usedMs: clock() })
    const used = await tables.fingerprintKeys.usedSince(clock() - RECENT_MS)
    const others = used.filter(key => key.keyId !== keyId).length
    if (others === 0) {
      health.set(DEPENDENCY, true, 'the only one')
      return
    }
    health.set(DEPENDENCY, false, `${others} other keys name tokens in this store`)
    log.error(
      { keyId, others },
      'Another fingerprint key names tokens in this store: set the same identity.fingerprintKey everywhere.',
    )
  }
}
