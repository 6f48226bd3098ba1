import type { ClickHouseClient } from '@clickhouse/client'
import type { Fault } from '../domain/operator-error.ts'
import type { RetentionSettings } from './settings.ts'

/** Which setting a table follows, and from when a row's time is counted. */
const kept: readonly {
  readonly table: string
  readonly setting: keyof RetentionSettings
  readonly since: string
}[] = [
  { table: 'access_events', setting: 'eventsDays', since: 'ingest_date' },
  { table: 'token_5m', setting: 'rollupsDays', since: 'ingest_date' },
  { table: 'findings', setting: 'findingsDays', since: 'recorded_at' },
  { table: 'incident_events', setting: 'incidentsDays', since: 'toDateTime(updated_at)' },
  { table: 'actions', setting: 'actionsDays', since: 'toDateTime(updated_at)' },
  { table: 'containment', setting: 'actionsDays', since: 'toDateTime(updated_at)' },
  { table: 'audit_log', setting: 'auditDays', since: 'toDateTime(at)' },
  { table: 'deliveries', setting: 'deliveriesDays', since: 'toDateTime(at)' },
  { table: 'dead_letters', setting: 'deadLettersDays', since: 'toDateTime(received_at)' },
]

/** Less than this, where it is not kept for good, and what is still under way would be forgotten. */
const daysMin = {
  incidentsDays: [30, 'longer than findings are grouped (alert.incidents.groupingWindowMs)'],
  actionsDays: [120, 'longer than a token is watched (respond.containment.watchMs)'],
  auditDays: [30, 'long enough for somebody to ask'],
} as const

/** What the schema cannot tell of the settings. */
export function retentionFaults(retention: RetentionSettings): readonly Fault[] {
  const faults: Fault[] = []
  for (const setting of ['incidentsDays', 'actionsDays', 'auditDays'] as const) {
    const [minimum, why] = daysMin[setting]
    if (retention[setting] === 0 || retention[setting] >= minimum) continue
    const remedy = `Set 0 to keep them for good, or ${minimum} and more: ${why}.`
    faults.push({ path: `store.retention.${setting}`, problem: 'is too short', remedy })
  }
  if (retention.rollupsDays < retention.eventsDays) {
    faults.push({
      path: 'store.retention.rollupsDays',
      problem: 'is less than eventsDays',
      remedy:
        'Keep rollups at least as long as events: what they miss is counted again from these.',
    })
  }
  return faults
}

/**
 * Sets the time to live of each table where it differs from its setting. What is too old then is dropped in
 * the background, within some hours: of events and rollups whole days of ingestion, of the others rows.
 */
export async function applyRetention(
  admin: ClickHouseClient,
  retention: RetentionSettings,
): Promise<void> {
  const now = await currentDays(admin)
  for (const { table, setting, since } of kept) {
    const days = retention[setting]
    if (now.get(table) === days) continue
    const change = days === 0 ? 'REMOVE TTL' : `MODIFY TTL ${since} + INTERVAL ${days} DAY`
    // Parts that are stored learn of it; those that are dropped whole need not be written anew for that.
    const isByParts = since === 'ingest_date'
    const recalculate = 'MODIFY SETTING materialize_ttl_recalculate_only = 1'
    if (isByParts) await admin.command({ query: `ALTER TABLE ${table} ${recalculate}` })
    await admin.command({ query: `ALTER TABLE ${table} ${change}` })
  }
}

/** Days that rows of each table live, 0 for good. */
async function currentDays(admin: ClickHouseClient): Promise<ReadonlyMap<string, number>> {
  const answer = await admin.query({
    query: `
      SELECT name, toUInt32OrZero(extract(engine_full, ' TTL .*toIntervalDay\\\\((\\\\d+)\\\\)')) AS days
      FROM system.tables
      WHERE database = currentDatabase()`,
    format: 'JSONEachRow',
  })
  const rows = await answer.json<{ name: string; days: number }>()
  return new Map(rows.map(({ name, days }) => [name, Number(days)]))
}
