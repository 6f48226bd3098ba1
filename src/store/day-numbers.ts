import { readQuery } from './read-query.ts'
import { selectCells, type TableStore } from './record-table.ts'

/** One day in numbers. */
export interface DayNumbers {
  readonly eventCount: number
  readonly activeTokenCount: number
  readonly findingCount: number
  readonly actionCount: number
}

/** Reads what happened on a day (UTC), `2026-03-14`. Throws PipelineError. */
export function createDayNumbers(store: TableStore): (day: string) => Promise<DayNumbers> {
  const query = readQuery('day-numbers')
  return async day => {
    const [row = []] = await selectCells(store, query, { day })
    const [eventCount = 0, activeTokenCount = 0, findingCount = 0, actionCount = 0] =
      row.map(Number)
    return { eventCount, activeTokenCount, findingCount, actionCount }
  }
}
