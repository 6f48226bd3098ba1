import type { Delivery } from '../domain/action.ts'
import { number, text, time, word } from './record-fields.ts'
import { createRecordTable, type TableStore, where } from './record-table.ts'

/** Attempts to deliver alerts. An attempt that is appended again is one row. */
export interface DeliveriesTable {
  append(deliveries: readonly Delivery[]): Promise<void>
  /** Newest first. */
  list(filter: {
    readonly incidentId?: string | undefined
    readonly limit: number
  }): Promise<Delivery[]>
  /** Of several incidents, the last attempt of each notice and channel. */
  lastAttempts(incidentIds: readonly string[]): Promise<Delivery[]>
}

/** Ids per query: below the server's limits on the length of a query and of its parameters. */
const IDS_PER_QUERY = 2_000

/** The id of an attempt starts with that of its notice. */
const lastAttemptsClauses = `
FINAL
WHERE incident_id IN {ids:Array(String)}
ORDER BY attempt DESC, id
LIMIT 1 BY incident_id, channel, splitByChar(':', id)[1]`

export function createDeliveriesTable(store: TableStore): DeliveriesTable {
  const table = createRecordTable<Delivery>(store, 'deliveries', {
    id: text('id'),
    incidentId: text('incident_id'),
    incidentVersion: number('incident_version'),
    channel: text('channel'),
    attempt: number('attempt'),
    owner: text('owner'),
    atMs: time('at'),
    outcome: word('outcome'),
    detail: text('detail'),
  })
  return {
    append: table.insert,
    list({ incidentId, limit }) {
      const conditions = where(incidentId !== undefined && 'incident_id = {incidentId:String}')
      return table.select(
        `FINAL ${conditions} ORDER BY at DESC, attempt DESC, id LIMIT {limit:UInt32}`,
        { incidentId, limit },
      )
    },
    async lastAttempts(incidentIds) {
      const found: Delivery[] = []
      for (let start = 0; start < incidentIds.length; start += IDS_PER_QUERY) {
        const ids = incidentIds.slice(start, start + IDS_PER_QUERY)
        for (const row of await table.select(lastAttemptsClauses, { ids })) found.push(row)
      }
      return found
    },
  }
}
