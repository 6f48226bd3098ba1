/** Most sources that are told apart; beyond it the one longest unseen starts afresh. */
const SOURCES_MAX = 10_000
/** What may come at once, in seconds of the rate. */
const BURST_SECONDS = 2

interface Bucket {
  tokens: number
  atMs: number
}

/**
 * Records per second and source, by token bucket. A request goes through while there is any token and
 * may overdraw: otherwise one larger than the bucket would never pass.
 *
 * @param perSecond - 0 for no limit
 */
export function createRateLimit(perSecond: number) {
  const buckets = new Map<string, Bucket>()
  const tokensMax = perSecond * BURST_SECONDS
  return {
    /** Takes records off the source's bucket; returns ms to wait instead, 0 when they may pass. */
    take(source: string, records: number, nowMs: number): number {
      if (perSecond === 0) return 0
      const bucket = buckets.get(source) ?? { tokens: tokensMax, atMs: nowMs }
      const gained = (Math.max(0, nowMs - bucket.atMs) / 1_000) * perSecond
      const tokens = Math.min(tokensMax, bucket.tokens + gained)
      const isPassing = tokens > 0
      buckets.delete(source) // to the young end of the map
      buckets.set(source, { tokens: isPassing ? tokens - records : tokens, atMs: nowMs })
      const [oldest] = buckets.keys()
      if (buckets.size > SOURCES_MAX && oldest !== undefined) buckets.delete(oldest)
      return isPassing ? 0 : Math.ceil(((1 - tokens) / perSecond) * 1_000)
    },
  }
}
