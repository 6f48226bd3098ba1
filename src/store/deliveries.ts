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
}

export function createDeliveriesTable(store: TableStore): DeliveriesTable {
  const table = createRecordTable<Delivery>(store, 'deliveries', {
    id: text('id'),
    incidentId: text('incident_id'),
    incidentVersion: number('incident_version'),
    channel: text('channel'),
    attempt: number('attempt'),
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
  }
}
