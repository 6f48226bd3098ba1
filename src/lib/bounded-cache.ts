/** A map that forgets: at most `entriesMax` entries, the least recently used go first, roughly. */
export interface BoundedCache<Value> {
  get(key: string): Value | undefined
  set(key: string, value: Value): void
  readonly size: number
}

/**
 * Two generations instead of a linked list: a hit in the old one moves the entry to the young one;
 * when the young one is full it becomes the old one. A hit costs one `Map.get` and no allocation,
 * which is why the record path uses this and not a strict LRU.
 *
 * @param entriesMax - upper bound on entries kept, >= 2
 */
export function createBoundedCache<Value>(entriesMax: number): BoundedCache<Value> {
  const generationMax = Math.max(1, Math.floor(entriesMax / 2))
  let young = new Map<string, Value>()
  let old = new Map<string, Value>()

  function set(key: string, value: Value): void {
    if (young.size >= generationMax && !young.has(key)) {
      old = young
      young = new Map()
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
