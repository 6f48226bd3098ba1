import type { WriterLimits } from './stream-writer.ts'

/** Limits of the whole process. */
export interface SharedLimits extends WriterLimits {
  /** Bytes of source records that all streams together may hold. */
  readonly bufferedBytesMax: number
}

/**
 * One stream's limits, at the moment at which they are looked at: a batch that is stored and one that is
 * filled, of each stream, fit into what all may hold.
 */
export function shareLimits(
  limits: SharedLimits,
  { flushMs, streams }: { readonly flushMs: number; readonly streams: () => number },
): WriterLimits {
  const { batchRowsMax, batchBytesMax, bufferedBytesMax, alertFlushMs } = limits
  return {
    batchRowsMax,
    flushMs,
    alertFlushMs,
    get batchBytesMax() {
      return Math.min(batchBytesMax, bufferedBytesMax / (2 * Math.max(1, streams())))
    },
  }
}
