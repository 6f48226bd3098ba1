import type { AccessEvent } from '../../../../src/domain/access-event.ts'
import { hourMs } from '../../../support/traffic.ts'

/** What a token did within one active hour. */
export interface TokenHour<Memory> {
  readonly token: string
  /** Whole hours since the epoch. */
  hour: number
  requests: number
  bytes: number
  /** What the detector keeps of the token. */
  readonly memory: Memory
}

/**
 * Cuts each token's calls into active hours. A late call counts in the hour that is open.
 *
 * @param deps.close - called with each hour that has ended, and the time at which that was seen
 * @param deps.skip - called with the number of silent hours between two active ones
 */
export function createTokenHours<Memory>(deps: {
  readonly createMemory: () => Memory
  readonly close: (hour: TokenHour<Memory>, nowMs: number) => void
  readonly skip?: (hour: TokenHour<Memory>, silentHours: number) => void
}) {
  const open = new Map<string, TokenHour<Memory>>()
  return {
    /** Mutates: @returns the open hour, which has the call in it. */
    add({ token, ts, bytesOut = 0 }: AccessEvent): TokenHour<Memory> {
      const hour = Math.floor(ts / hourMs)
      let own = open.get(token)
      if (own === undefined) {
        own = { token, hour, requests: 0, bytes: 0, memory: deps.createMemory() }
        open.set(token, own)
      } else if (hour > own.hour) {
        deps.close(own, ts)
        deps.skip?.(own, hour - own.hour - 1)
        own.hour = hour
        own.requests = 0
        own.bytes = 0
      }
      own.requests += 1
      own.bytes += bytesOut
      return own
    },
    flush() {
      for (const own of open.values()) deps.close(own, (own.hour + 1) * hourMs - 1)
    },
  }
}
