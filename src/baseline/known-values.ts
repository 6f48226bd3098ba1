import { mixBits } from '../lib/mix-bits.ts'

/** Sightings by others that make a value known, or the age of a single one, seconds. */
const sightingsMin = 3
const settledSeconds = 43_200

/** Marks a value that more than one token brought. */
const byMany = 0

/**
 * Values (networks, countries, endpoints, clients) that a peer group has met, with a bound and an age:
 * a clock hand gives a second chance to entries used since it passed.
 */
export interface KnownValues {
  /**
   * Mutates: books one sighting of a value that is new to a token.
   *
   * @param key - from `knownKey`
   * @param by - hash of the token, not 0
   * @param isHasty - 3 sightings are enough, however young
   * @returns whether others had made it known: 3 sightings, or one older than 12 hours
   */
  sight(key: number, by: number, second: number, isHasty?: boolean): boolean
  /** Forgets what nobody met anew since `day`. */
  forgetBefore(day: number): void
  readonly columns: KnownValueColumns
  restore(columns: KnownValueColumns): void
  readonly count: number
}

interface KnownValueColumns {
  readonly key: ArrayLike<number>
  readonly firstSecond: ArrayLike<number>
  readonly lastDay: ArrayLike<number>
  readonly sightings: ArrayLike<number>
  readonly by: ArrayLike<number>
  readonly hand: number
}

interface KnownValue {
  readonly key: number
  readonly firstSecond: number
  lastDay: number
  sightings: number
  by: number
  isUsed: boolean
}

/** 53-bit key of a value of one kind within one group. */
export function knownKey(groupHash: number, kind: number, valueKey: number): number {
  const salt = mixBits(groupHash + Math.imul(kind + 1, 0x9e3779b9))
  const low = mixBits(valueKey ^ salt)
  const high = mixBits(valueKey + Math.imul(salt | 1, 0x85ebca6b)) & 0xfffff
  return high * 0x1_0000_0000 + low
}

export function createKnownValues(entriesMax: number): KnownValues {
  const index = new Map<number, number>()
  let entries: KnownValue[] = []
  let hand = 0

  function insert(key: number, by: number, second: number): void {
    const lastDay = Math.floor(second / 86_400)
    const entry = { key, firstSecond: second, lastDay, sightings: 1, by, isUsed: false }
    const place = entries.length < entriesMax ? entries.length : evict()
    entries[place] = entry
    index.set(key, place)
  }

  function evict(): number {
    for (;;) {
      const place = hand
      hand = (hand + 1) % entries.length
      const entry = entries[place]
      if (entry?.isUsed) {
        entry.isUsed = false
        continue
      }
      if (entry !== undefined) index.delete(entry.key)
      return place
    }
  }

  function replace(kept: KnownValue[], nextHand: number): void {
    entries = kept
    index.clear()
    for (const [place, entry] of kept.entries()) index.set(entry.key, place)
    hand = kept.length === 0 ? 0 : nextHand % kept.length
  }

  return {
    sight(key, by, second, isHasty = true) {
      const entry = entries[index.get(key) ?? -1]
      if (entry === undefined) {
        insert(key, by, second)
        return false
      }
      const others = entry.by === by ? 0 : entry.sightings
      const isKnown =
        (isHasty && others >= sightingsMin) ||
        (others > 0 && second - entry.firstSecond > settledSeconds)
      entry.sightings = Math.min(usedBit - 1, entry.sightings + 1)
      entry.lastDay = Math.max(entry.lastDay, Math.floor(second / 86_400))
      if (entry.by !== by) entry.by = byMany
      entry.isUsed = true
      return isKnown
    },
    forgetBefore(day) {
      if (entries.some(({ lastDay }) => lastDay < day)) {
        replace(
          entries.filter(({ lastDay }) => lastDay >= day),
          hand,
        )
      }
    },
    get columns() {
      return toColumns(entries, hand)
    },
    restore(columns) {
      const kept = fromColumns(columns)
      replace(kept.slice(0, entriesMax), columns.hand)
    },
    get count() {
      return entries.length
    },
  }
}

/** The top bit of the sightings carries the second chance: a restored hand evicts the same entries. */
const usedBit = 0x8000

function toColumns(entries: readonly KnownValue[], hand: number): KnownValueColumns {
  return {
    key: Float64Array.from(entries, ({ key }) => key),
    firstSecond: Uint32Array.from(entries, ({ firstSecond }) => firstSecond),
    lastDay: Uint16Array.from(entries, ({ lastDay }) => lastDay),
    sightings: Uint16Array.from(
      entries,
      ({ sightings, isUsed }) => sightings + (isUsed ? usedBit : 0),
    ),
    by: Uint32Array.from(entries, ({ by }) => by),
    hand,
  }
}

function fromColumns(columns: KnownValueColumns): KnownValue[] {
  return Array.from(columns.key, (key, place) => {
    const sightings = columns.sightings[place] ?? 0
    return {
      key,
      firstSecond: columns.firstSecond[place] ?? 0,
      lastDay: columns.lastDay[place] ?? 0,
      sightings: sightings & (usedBit - 1),
      by: columns.by[place] ?? byMany,
      isUsed: (sightings & usedBit) !== 0,
    }
  })
}
