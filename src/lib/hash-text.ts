/**
 * 32-bit hash of a text: FNV-1a over its UTF-16 units, then an avalanche step. Not for secrets.
 *
 * @returns 1 to 2^32 - 1; never 0, which marks an empty slot
 * @see Fowler, Noll & Vo (1991); RFC 9923
 */
export function hashText(text: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < text.length; i++) {
    hash ^= text.charCodeAt(i)
    hash = Math.imul(hash, 0x01000193)
  }
  hash ^= hash >>> 15
  hash = Math.imul(hash, 0x2c1b3c6d)
  hash ^= hash >>> 12
  return hash >>> 0 || 1
}
