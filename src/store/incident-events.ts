import type { Incident, IncidentEvent, IncidentState } from '../domain/incident.ts'
import { type Fields, group, number, text, textList, time, word } from './record-fields.ts'
import { createRecordTable, having, type TableStore } from './record-table.ts'
import { evidenceField, subjectFields, triggerField } from './subject-fields.ts'

/** The life of incidents, step by step. A step that is appended again is one row. */
export interface IncidentEventsTable {
  append(events: readonly IncidentEvent[]): Promise<void>
  /** Incidents as they are after their last step, most lately changed first. */
  current(filter: {
    readonly states?: readonly IncidentState[] | undefined
    readonly tenant?: string | undefined
    readonly token?: string | undefined
    readonly limit: number
  }): Promise<Incident[]>
  get(id: string): Promise<Incident | undefined>
  /** All steps of one incident, oldest first; at most 10,000. */
  history(id: string): Promise<IncidentEvent[]>
}

const incidentFields: Fields<Incident> = {
  id: text('incident_id'),
  version: number('version'),
  state: word('state'),
  entity: word('entity'),
  ...subjectFields,
  severity: word('severity'),
  risk: number('risk'),
  surprise: number('surprise'),
  title: text('title'),
  detectors: textList('detectors'),
  evidence: evidenceField,
  trigger: triggerField,
  findingIds: textList('finding_ids'),
  findingCount: number('finding_count'),
  firstTs: time('first_ts'),
  lastTs: time('last_ts'),
  openedMs: time('opened_at'),
  updatedMs: time('updated_at'),
  actor: text('actor'),
  note: text('note'),
}

/** Finds the newest versions in the narrow columns, then reads the wide ones of those rows only. */
const currentClauses = (conditions: string) => `
WHERE (incident_id, version) IN (
  SELECT incident_id, max(version)
  FROM incident_events
  GROUP BY incident_id
  ${conditions}
  ORDER BY argMax(updated_at, version) DESC, incident_id
  LIMIT {limit:UInt32}
)
ORDER BY updated_at DESC, incident_id
LIMIT 1 BY incident_id
LIMIT {limit:UInt32}`

export function createIncidentEventsTable(store: TableStore): IncidentEventsTable {
  const events = createRecordTable<IncidentEvent>(store, 'incident_events', {
    id: text('id'),
    atMs: time('at'),
    kind: word('kind'),
    incident: group(incidentFields),
  })
  const incidents = createRecordTable<Incident>(store, 'incident_events', incidentFields)
  return {
    append: events.insert,
    current({ states, tenant, token, limit }) {
      const conditions = having(
        states !== undefined && 'argMax(state, version) IN {states:Array(String)}',
        tenant !== undefined && 'argMax(tenant, version) = {tenant:String}',
        token !== undefined && 'argMax(token, version) = {token:UUID}',
      )
      return incidents.select(currentClauses(conditions), { states, tenant, token, limit })
    },
    async get(id) {
      const clauses = 'WHERE incident_id = {id:String} ORDER BY version DESC LIMIT 1'
      const [incident] = await incidents.select(clauses, { id })
      return incident
    },
    history: id =>
      events.select('FINAL WHERE incident_id = {id:String} ORDER BY version LIMIT 10000', { id }),
  }
}
