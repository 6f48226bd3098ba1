import type { Finding } from '../domain/finding.ts'
import { flag, number, text, textList, time, word } from './record-fields.ts'
import { createRecordTable, selectCells, type TableStore, where } from './record-table.ts'
import { evidenceField, subjectFields, triggerField } from './subject-fields.ts'

/** Ids per query: below the server's limits on the length of a query and of its parameters. */
const IDS_PER_QUERY = 2_000

/** Findings, alerts or not. A finding that is appended again is one row: its id is deterministic. */
export interface FindingsTable {
  append(findings: readonly Finding[]): Promise<void>
  /** Those of the given ids that are stored. */
  existing(ids: readonly string[]): Promise<ReadonlySet<string>>
  /** Newest first. `sinceMs` is event time. */
  list(filter: {
    readonly token?: string | undefined
    readonly tenant?: string | undefined
    readonly sinceMs?: number | undefined
    readonly isAlert?: boolean | undefined
    readonly limit: number
  }): Promise<Finding[]>
}

export function createFindingsTable(store: TableStore): FindingsTable {
  const table = createRecordTable<Finding>(store, 'findings', {
    id: text('id'),
    ts: time('ts'),
    source: text('source'),
    partition: number('source_partition'),
    offset: number('source_offset'),
    index: number('source_index'),
    entity: word('entity'),
    ...subjectFields,
    detectors: textList('detectors'),
    surprise: number('surprise'),
    risk: number('risk'),
    severity: word('severity'),
    isAlert: flag('is_alert'),
    evidence: evidenceField,
    trigger: triggerField,
    scorerVersion: text('scorer_version'),
  })
  return {
    append: table.insert,
    async existing(ids) {
      const found = new Set<string>()
      for (let start = 0; start < ids.length; start += IDS_PER_QUERY) {
        const query = 'SELECT id FROM findings WHERE id IN {ids:Array(String)}'
        const some = ids.slice(start, start + IDS_PER_QUERY)
        for (const [id] of await selectCells(store, query, { ids: some })) found.add(String(id))
      }
      return found
    },
    list({ token, tenant, sinceMs, isAlert, limit }) {
      const conditions = where(
        token !== undefined && 'token = {token:UUID}',
        tenant !== undefined && 'tenant = {tenant:String}',
        sinceMs !== undefined && 'ts >= fromUnixTimestamp64Milli({sinceMs:Int64})',
        isAlert !== undefined && 'is_alert = {isAlert:Bool}',
      )
      return table.select(`FINAL ${conditions} ORDER BY ts DESC, id LIMIT {limit:UInt32}`, {
        token,
        tenant,
        sinceMs,
        isAlert,
        limit,
      })
    },
  }
}
