import type { Incident, IncidentEvent, IncidentState } from '../domain/incident.ts'
import { type Fields, group, number, text, textList, time, word } from './record-fields.ts'
import { createRecordTable, having, type TableStore, where } from './record-table.ts'
import { evidenceField, subjectFields, triggerField } from './subject-fields.ts'

/** The life of incidents, step by step. A step that is appended again is one row. */
export interface IncidentEventsTable {
  append(events: readonly IncidentEvent[]): Promise<void>
  /** Incidents as they are after their last step, most lately changed first. */
  current(filter: {
    readonly states?: readonly IncidentState[] | undefined
    readonly tenant?: string | undefined
    readonly token?: string | undefined
    /** Wall clock, ms: only those that changed since. */
    readonly changedSinceMs?: number | undefined
    readonly limit: number
  }): Promise<Incident[]>
  /**
   * Every incident of these tokens that a finding from `sinceTs` on may belong to: active ones, and closed
   * ones whose last finding is not older.
   */
  ofTokens(tokens: readonly string[], sinceTs: number): Promise<Incident[]>
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
const currentClauses = (rows: string, incidents: string) => `
WHERE (incident_id, version) IN (
  SELECT incident_id, max(version)
  FROM incident_events
  ${rows}
  GROUP BY incident_id
  ${incidents}
  ORDER BY argMax(updated_at, version) DESC, incident_id
  LIMIT {limit:UInt32}
)
ORDER BY updated_at DESC, incident_id
LIMIT 1 BY incident_id
LIMIT {limit:UInt32}`

/** Tokens per query, and more incidents than so many tokens have had within any grouping window. */
const TOKENS_PER_QUERY = 500
const INCIDENTS_PER_QUERY_MAX = 50_000

const ofTokensClauses = currentClauses(
  'WHERE token IN {tokens:Array(UUID)}',
  `HAVING argMax(state, version) IN ('open', 'acknowledged')
    OR argMax(last_ts, version) >= fromUnixTimestamp64Milli({sinceTs:Int64})`,
)

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
    current({ states, tenant, token, changedSinceMs, limit }) {
      const clauses = currentClauses(
        // These never change; and the newest version is among those that are recent.
        where(
          tenant !== undefined && 'tenant = {tenant:String}',
          token !== undefined && 'token = {token:UUID}',
          changedSinceMs !== undefined &&
            'updated_at >= fromUnixTimestamp64Milli({changedSinceMs:Int64})',
        ),
        having(states !== undefined && 'argMax(state, version) IN {states:Array(String)}'),
      )
      return incidents.select(clauses, { states, tenant, token, changedSinceMs, limit })
    },
    async ofTokens(tokens, sinceTs) {
      const found: Incident[] = []
      for (let start = 0; start < tokens.length; start += TOKENS_PER_QUERY) {
        const some = tokens.slice(start, start + TOKENS_PER_QUERY)
        const parameters = { tokens: some, sinceTs, limit: INCIDENTS_PER_QUERY_MAX }
        for (const one of await incidents.select(ofTokensClauses, parameters)) found.push(one)
      }
      return found
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
