import type { Containment, NodeContainment } from '../domain/action.ts'
import { fingerprint, nested, number, optionalTime, text, time, word } from './record-fields.ts'
import { createRecordTable, type TableStore } from './record-table.ts'

/** What became of each action at the gateways; the newest row of an action wins. */
export interface ContainmentTable {
  put(containment: Containment): Promise<void>
  get(actionId: string): Promise<Containment | undefined>
  ofActions(actionIds: readonly string[]): Promise<Containment[]>
  /** Of all actions of one incident, most lately changed first; at most 1,000. */
  list(incidentId: string): Promise<Containment[]>
}

/** Ids per query: below the server's limits on the length of a query and of its parameters. */
const IDS_PER_QUERY = 2_000

export function createContainmentTable(store: TableStore): ContainmentTable {
  const table = createRecordTable<Containment>(store, 'containment', {
    actionId: text('action_id'),
    incidentId: text('incident_id'),
    token: fingerprint('token'),
    effectiveMs: time('effective_at'),
    nodes: nested<NodeContainment>('nodes', {
      gateway: text('gateway'),
      node: text('node'),
      state: word('state'),
      firstRefusedMs: optionalTime('first_refused_at'),
      lastRefusedMs: optionalTime('last_refused_at'),
      lastServedMs: optionalTime('last_served_at'),
      servedAfterCount: number('served_after_count'),
      refusedCount: number('refused_count'),
    }),
    state: word('state'),
    updatedMs: time('updated_at'),
  })
  return {
    put: containment => table.insert([containment]),
    async get(actionId) {
      const clauses = 'FINAL WHERE action_id = {actionId:String} LIMIT 1'
      const [containment] = await table.select(clauses, { actionId })
      return containment
    },
    async ofActions(actionIds) {
      const found: Containment[] = []
      for (let start = 0; start < actionIds.length; start += IDS_PER_QUERY) {
        const ids = actionIds.slice(start, start + IDS_PER_QUERY)
        const rows = await table.select('FINAL WHERE action_id IN {ids:Array(String)}', { ids })
        for (const row of rows) found.push(row)
      }
      return found
    },
    list: incidentId =>
      table.select(
        'FINAL WHERE incident_id = {incidentId:String} ORDER BY updated_at DESC, action_id LIMIT 1000',
        { incidentId },
      ),
  }
}
