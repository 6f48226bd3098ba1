import { type ClickHouseClient, ClickHouseError } from '@clickhouse/client'
import { PipelineError } from '../domain/pipeline-error.ts'
import type { Logger } from '../telemetry/logger.ts'
import { pause } from './retry.ts'

/** No migration takes longer; a lock that is older belongs to a process that died. */
const STALE_AFTER_SECONDS = 600
const WAIT_MS = 200
const WAIT_MAX_MS = 120_000

/** TABLE_ALREADY_EXISTS. */
const TAKEN = '57'

/**
 * Runs the work while no other process migrates the same database. ClickHouse has no locks, but of two
 * processes that create one table only one succeeds.
 *
 * @throws PipelineError store_busy when another process holds the lock for two minutes
 */
export async function withMigrationLock<Value>(
  options: {
    readonly admin: ClickHouseClient
    readonly log: Logger
    readonly isSoleUser: boolean
  },
  work: () => Promise<Value>,
): Promise<Value> {
  const { admin, log, isSoleUser } = options
  if (isSoleUser) await release(admin)
  const deadlineMs = performance.now() + WAIT_MAX_MS
  while (!(await take(admin))) {
    if (await isStale(admin)) {
      log.warn({ staleAfterSeconds: STALE_AFTER_SECONDS }, 'Lock of a dead migration removed.')
      await release(admin)
      continue
    }
    if (performance.now() > deadlineMs) {
      throw new PipelineError('store_busy', 'Another process is migrating the database.')
    }
    await pause(WAIT_MS)
  }
  try {
    return await work()
  } finally {
    await release(admin)
  }
}

async function take(admin: ClickHouseClient): Promise<boolean> {
  try {
    await admin.command({
      query: 'CREATE TABLE schema_migration_lock (held UInt8) ENGINE = Memory',
    })
    return true
  } catch (error) {
    if (error instanceof ClickHouseError && error.code === TAKEN) return false
    throw error
  }
}

async function isStale(admin: ClickHouseClient): Promise<boolean> {
  const answer = await admin.query({
    query: `
      SELECT count() AS stale
      FROM system.tables
      WHERE database = currentDatabase() AND name = 'schema_migration_lock'
        AND metadata_modification_time < now() - {seconds:UInt32}`,
    query_params: { seconds: STALE_AFTER_SECONDS },
    format: 'JSONEachRow',
  })
  return Number((await answer.json<{ stale: unknown }>())[0]?.stale) > 0
}

async function release(admin: ClickHouseClient): Promise<void> {
  await admin.command({ query: 'DROP TABLE IF EXISTS schema_migration_lock SYNC' })
}
