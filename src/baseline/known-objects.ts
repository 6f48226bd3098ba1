/** Bits of a token's filter: its objects by the last digits of their hash. */
const bits = 2_048
const words = bits / 32
/** Set bits from which a filter begins anew: more of them would hide too much that is new. */
const fullBits = 0.4 * bits
/** Active days after which a filter knows enough for what is not in it to be news. */
const settledDays = 5

/**
 * Which objects each token has touched, for tokens that touch any: 264 bytes each. Two objects may share a bit:
 * then a new one passes for known, in up to two of five cases, never the other way round. A filter that is full
 * begins anew and has to settle again: tokens of very many objects never do, and are not judged by them.
 *
 * @see Whang, Vander-Zanden & Taylor (1990), A linear-time probabilistic counting algorithm, ACM TODS 15
 */
export interface KnownObjects {
  /**
   * Mutates: the token touches an object.
   *
   * @param hash - 32 well-mixed bits
   * @param activeDay - of the token, counted from 1
   * @returns whether it had not, as far as is known
   */
  meet(slot: number, hash: number, activeDay: number): boolean
  /** Whether what is new to the filter is new to the token. */
  isSettled(slot: number, activeDay: number): boolean
  /** Mutates: the token is forgotten. */
  free(slot: number): void
  /** Undefined for a token without objects; a copy. */
  columnOf(slot: number): Uint32Array | undefined
  /** Mutates: as stored; empty for a token without objects. */
  restore(slot: number, column: ArrayLike<number>): void
  readonly bytes: number
}

/** Set bits, the active day on which it began, the bits. */
const at = { used: 0, since: 1, bits: 2 } as const
const length = at.bits + words

export function createKnownObjects(): KnownObjects {
  const filters = new Map<number, Uint32Array>()

  function filterOf(slot: number, activeDay: number): Uint32Array {
    const known = filters.get(slot)
    if (known !== undefined) return known
    const made = new Uint32Array(length)
    made[at.since] = activeDay
    filters.set(slot, made)
    return made
  }

  return {
    meet(slot, hash, activeDay) {
      const filter = filterOf(slot, activeDay)
      const word = at.bits + ((hash & (bits - 1)) >>> 5)
      const bit = 1 << (hash & 31)
      const known = filter[word] ?? 0
      if ((known & bit) !== 0) return false
      const used = (filter[at.used] ?? 0) + 1
      if (used > fullBits) {
        filter.fill(0)
        filter[at.since] = activeDay
        return false
      }
      filter[at.used] = used
      filter[word] = known | bit
      return true
    },
    isSettled(slot, activeDay) {
      const since = filters.get(slot)?.[at.since]
      return since !== undefined && activeDay - since >= settledDays
    },
    free: slot => void filters.delete(slot),
    columnOf: slot => filters.get(slot)?.slice(),
    restore(slot, column) {
      if (column.length === 0) filters.delete(slot)
      else filterOf(slot, 0).set(column)
    },
    get bytes() {
      return filters.size * length * Uint32Array.BYTES_PER_ELEMENT
    },
  }
}
