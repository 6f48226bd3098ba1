import type { Action } from '../domain/action.ts'
import { number, optionalTime, text, time, word } from './record-fields.ts'
import { createRecordTable, type TableStore, where } from './record-table.ts'
import { subjectFields } from './subject-fields.ts'

/** The outbox of the response. A version that is appended again is one row. */
export interface ActionsTable {
  append(actions: readonly Action[]): Promise<void>
  /** Actions in their newest version, most lately requested first. */
  current(filter: {
    readonly incidentId?: string | undefined
    readonly limit: number
  }): Promise<Action[]>
  /** Those that changed since, and those of the incident or with the id that is given. */
  changed(filter: {
    readonly sinceMs: number
    readonly incidentId?: string | undefined
    readonly id?: string | undefined
    readonly limit: number
  }): Promise<Action[]>
  get(id: string): Promise<Action | undefined>
  /** All versions of one action, oldest first; at most 10,000. */
  history(id: string): Promise<Action[]>
}

const currentClauses = (conditions: string) => `
WHERE (id, version) IN (
  SELECT id, max(version)
  FROM actions
  ${conditions}
  GROUP BY id
  ORDER BY min(requested_at) DESC, id
  LIMIT {limit:UInt32}
)
ORDER BY requested_at DESC, id
LIMIT 1 BY id
LIMIT {limit:UInt32}`

export function createActionsTable(store: TableStore): ActionsTable {
  const table = createRecordTable<Action>(store, 'actions', {
    id: text('id'),
    version: number('version'),
    incidentId: text('incident_id'),
    kind: word('kind'),
    mode: word('mode'),
    state: word('state'),
    revoker: text('revoker'),
    ...subjectFields,
    gateway: text('gateway'),
    rule: text('rule'),
    reason: text('reason'),
    actor: text('actor'),
    attempts: number('attempts'),
    owner: text('owner'),
    lastOutcome: text('last_outcome'),
    requestedMs: time('requested_at'),
    updatedMs: time('updated_at'),
    effectiveMs: optionalTime('effective_at'),
  })
  return {
    append: table.insert,
    current({ incidentId, limit }) {
      const conditions = where(incidentId !== undefined && 'incident_id = {incidentId:String}')
      return table.select(currentClauses(conditions), { incidentId, limit })
    },
    changed({ sinceMs, incidentId = '', id = '', limit }) {
      // The newest version of what changed is among the versions that are recent.
      const conditions = `WHERE updated_at >= fromUnixTimestamp64Milli({sinceMs:Int64})
        OR incident_id = {incidentId:String} OR id = {id:String}`
      return table.select(currentClauses(conditions), { sinceMs, incidentId, id, limit })
    },
    async get(id) {
      const clauses = 'WHERE id = {id:String} ORDER BY version DESC LIMIT 1'
      const [action] = await table.select(clauses, { id })
      return action
    },
    history: id =>
      table.select('FINAL WHERE id = {id:String} ORDER BY version LIMIT 10000', { id }),
  }
}
