import { rollups } from '../../src/store/rollups.ts'
import type { Store } from '../../src/store/store.ts'

/** How many events the log and each rollup hold, and how many source positions are distinct. */
export async function eventCounts(store: Pick<Store, 'admin'>): Promise<Record<string, number>> {
  const parts = [
    "SELECT 'access_events' AS name, count() AS n FROM access_events",
    "SELECT 'positions', uniqExact(source, source_partition, source_offset, source_index) FROM access_events",
    ...rollups.map(name => `SELECT '${name}', sum(events) FROM ${name}`),
  ]
  const answer = await store.admin.query({
    query: parts.join(' UNION ALL '),
    format: 'JSONEachRow',
  })
  const rows = await answer.json<{ name: string; n: string }>()
  return Object.fromEntries(rows.map(({ name, n }) => [name, Number(n)]))
}

/** The counts when each of so many events is there once, in the log and in every rollup. */
export const exactCounts = (events: number): Record<string, number> =>
  Object.fromEntries(['access_events', 'positions', ...rollups].map(name => [name, events]))
