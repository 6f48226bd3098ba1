/** A map that forgets: bounded in entries and in characters of keys, the least recently used go first, roughly. */
export interface BoundedCache<Value> {
  get(key: string): Value | undefined
  set(key: string, value: Value): void
  readonly size: number
}

/** Keys of this many characters on average fill a cache before its entries do. */
const keyLengthMean = 256

/**
 * Two generations instead of a linked list: a hit in the old one moves the entry to the young one;
 * when the young one is full it becomes the old one. A hit costs one `Map.get` and no allocation,
 * which is why the record path uses this and not a strict LRU. Keys are what callers send: long ones
 * fill a generation sooner, so that hostile input cannot make the cache larger than its entries allow.
 *
 * @param entriesMax - upper bound on entries kept, >= 2; keys have `256 * entriesMax` characters in all
 *   at most, and those of the last one beyond
 */
export function createBoundedCache<Value>(entriesMax: number): BoundedCache<Value> {
  const generationMax = Math.max(1, Math.floor(entriesMax / 2))
  const charactersMax = generationMax * keyLengthMean
  let young = new Map<string, Value>()
  let old = new Map<string, Value>()
  let characters = 0

  function set(key: string, value: Value): void {
    if (!young.has(key)) {
      if (young.size >= generationMax || characters >= charactersMax) {
        old = young
        young = new Map()
        characters = 0
      }
      characters += key.length
    }
    young.set(key, value)
  }

  return {
    get(key) {
      const value = young.get(key)
      if (value !== undefined) return value
      const older = old.get(key)
      if (older !== undefined) set(key, older)
      return older
    },
    set,
    get size() {
      return young.size + old.size
    },
  }
}
