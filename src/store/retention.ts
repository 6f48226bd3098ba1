import type { ClickHouseClient } from '@clickhouse/client'

/**
 * Sets the time to live of the tables that follow the setting `retentionDays`, where it differs. Whole days
 * of ingestion are dropped in the background, some minutes after they are over.
 */
export async function applyRetention(
  admin: ClickHouseClient,
  retentionDays: number,
): Promise<void> {
  const answer = await admin.query({
    query: `
      SELECT name
      FROM system.tables
      WHERE database = currentDatabase()
        AND extract(engine_full, 'TTL ingest_date \\\\+ toIntervalDay\\\\((\\\\d+)\\\\)') NOT IN ('', {days:String})`,
    query_params: { days: String(retentionDays) },
    format: 'JSONEachRow',
  })
  for (const { name } of await answer.json<{ name: string }>()) {
    await admin.command({
      query: `ALTER TABLE ${name} MODIFY TTL ingest_date + INTERVAL ${retentionDays} DAY`,
      // Parts are dropped whole by their age: nothing has to be rewritten.
      clickhouse_settings: { materialize_ttl_after_modify: 0 },
    })
  }
}
