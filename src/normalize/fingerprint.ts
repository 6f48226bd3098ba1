import { createHmac } from 'node:crypto'

import type { Fingerprint } from '../domain/access-event.ts'
import { createBoundedCache } from '../lib/bounded-cache.ts'

/** Longer credentials are fingerprinted but not kept in the cache: it holds their raw text. */
const cachedTokenLengthMax = 2_048

export interface Fingerprinter {
  /** Of the credential itself, without scheme and surrounding blanks. */
  ofToken(raw: string): Fingerprint
  /** Of a gateway's own id of the credential, unique within that gateway. */
  ofCredential(gateway: string, id: string): Fingerprint
  /** Of a client address in canonical text. */
  ofAddress(ip: string): Fingerprint
}

/**
 * Names for credentials that say nothing about them without the key.
 *
 * fingerprint = first 128 bits of HMAC-SHA256(key, message), as 32 hex digits
 *
 * The message of a token is the token alone, so that a gateway which knows the key can compute the
 * same value. The other two kinds begin with a NUL, which no HTTP credential contains: the three
 * cannot meet. One HMAC per distinct value while it stays in the cache; the cache is memory only.
 *
 * @param key - at least 16 bytes; 32 random bytes are recommended
 * @throws RangeError when the key is shorter
 */
export function createFingerprinter(key: Buffer, cacheEntriesMax = 50_000): Fingerprinter {
  if (key.length < 16) throw new RangeError('A fingerprint key has at least 16 bytes.')
  const cache = createBoundedCache<Fingerprint>(cacheEntriesMax)

  const digest = (message: string) =>
    createHmac('sha256', key).update(message).digest('hex').slice(0, 32) as Fingerprint

  function fingerprint(message: string): Fingerprint {
    const known = cache.get(message)
    if (known !== undefined) return known
    const made = digest(message)
    if (message.length <= cachedTokenLengthMax) cache.set(message, made)
    return made
  }

  return {
    ofToken: raw => fingerprint(raw),
    ofCredential: (gateway, id) => fingerprint(`\0credential\0${gateway}\0${id}`),
    ofAddress: ip => fingerprint(`\0address\0${ip}`),
  }
}
