import type { ClickHouseClient } from '@clickhouse/client'
import { PipelineError } from '../domain/pipeline-error.ts'
import type { Logger } from '../telemetry/logger.ts'
import { createLeases } from './leases.ts'
import { pause } from './retry.ts'

/** A process that died in the middle is waited for as long; one that lives renews in time. */
const HELD_MS = 30_000
const RENEW_MS = 5_000
const WAIT_MS = 200
const WAIT_MAX_MS = 120_000

/** Apart from the other leases, whose table is made by a migration. */
const TABLE = 'schema_leases'
const createTable = `
CREATE TABLE IF NOT EXISTS ${TABLE} (
  name LowCardinality(String),
  holder String,
  sequence UInt64,
  held_until DateTime64(3, 'UTC')
) ENGINE = ReplacingMergeTree(sequence) ORDER BY (name, holder) TTL toDateTime(held_until) + INTERVAL 1 DAY`

/**
 * Runs the work while no other process migrates the same database. After a process that was killed in the
 * middle the next one goes on within half a minute.
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
  if (isSoleUser) return await work()
  await admin.command({ query: createTable })
  const leases = createLeases({ client: admin }, { isSoleUser, random: Math.random, table: TABLE })
  const deadlineMs = performance.now() + WAIT_MAX_MS
  while (!(await leases.tryHold('migration', HELD_MS))) {
    if (performance.now() > deadlineMs) {
      throw new PipelineError('store_busy', 'Another process is migrating the database.')
    }
    await pause(WAIT_MS * (1 + Math.random()))
  }
  const renewing = setInterval(() => {
    leases.tryHold('migration', HELD_MS).catch((error: unknown) => {
      log.warn({ err: error }, 'Lock of the migration not renewed.')
    })
  }, RENEW_MS)
  try {
    return await work()
  } finally {
    clearInterval(renewing)
    await leases.release('migration')
  }
}
