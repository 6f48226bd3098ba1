import { readQuery } from './read-query.ts'
import { selectCells, type TableStore } from './record-table.ts'

/** Traffic of all tokens within one hour of event time. */
interface HourOfTraffic {
  /** Start of the hour, ms. */
  readonly hourMs: number
  readonly events: number
  /** Answered 401, 403 or 429. */
  readonly refused: number
  readonly findings: number
}

export interface TrafficTrends {
  /**
   * One row an hour, oldest first, of the last `hours` up to now, those without traffic included.
   *
   * @throws PipelineError
   */
  traffic(hours: number): Promise<HourOfTraffic[]>
}

const HOUR_MS = 3_600_000

export function createTrafficTrends(
  store: TableStore & { readonly clock: () => number },
): TrafficTrends {
  const query = readQuery('traffic-by-hour')
  return {
    async traffic(hours) {
      const thisHourMs = Math.floor(store.clock() / HOUR_MS) * HOUR_MS
      const sinceMs = thisHourMs - (hours - 1) * HOUR_MS
      const found = new Map<number, HourOfTraffic>()
      for (const cells of await selectCells(store, query, { sinceMs })) {
        const [hour = 0, events = 0, refused = 0, findings = 0] = cells.map(Number)
        found.set(hour * 1_000, { hourMs: hour * 1_000, events, refused, findings })
      }
      return Array.from({ length: hours }, (_, index) => {
        const hourMs = sinceMs + index * HOUR_MS
        return found.get(hourMs) ?? { hourMs, events: 0, refused: 0, findings: 0 }
      })
    },
  }
}
