import type { ClickHouseClient } from '@clickhouse/client'
import { OperatorError } from '../domain/operator-error.ts'
import { PipelineError } from '../domain/pipeline-error.ts'
import type { Logger } from '../telemetry/logger.ts'
import { fillIn, type Migration, readMigrations } from './migration-files.ts'
import { withMigrationLock } from './migration-lock.ts'

export interface MigrateOptions {
  /** The user that may make tables; its database is the one to migrate. */
  readonly admin: ClickHouseClient
  readonly database: string
  readonly retentionDays: number
  readonly log: Logger
  /** True when no other process can be at work on this server: a lock that is found is a leftover. */
  readonly isSoleUser: boolean
  /** The program's own, unless a test gives others. */
  readonly migrations?: readonly Migration[]
}

interface Applied {
  readonly version: number
  readonly name: string
  readonly checksum: string
}

/**
 * Brings the schema up to this program: every migration that was not run yet, in order, forward only.
 * Safe to call from several processes at once, and again after a crash at any point.
 *
 * @returns names of the migrations that were run
 * @throws PipelineError store_schema_newer when a newer program has migrated the database
 * @throws OperatorError when a migration that was run has another text now
 */
export async function migrate(options: MigrateOptions): Promise<readonly string[]> {
  const { admin } = options
  const migrations = options.migrations ?? readMigrations()
  await admin.command({ query: createSchemaMigrations })
  if (pending(migrations, await readApplied(admin)).length === 0) return []
  return withMigrationLock(options, async () => {
    // Another process may have migrated while this one waited for the lock.
    const todo = pending(migrations, await readApplied(admin))
    for (const migration of todo) await run(migration, options)
    return todo.map(({ name }) => name)
  })
}

const createSchemaMigrations = `
CREATE TABLE IF NOT EXISTS schema_migrations (
  version UInt32,
  name String,
  checksum String,
  applied_at DateTime64(3, 'UTC') DEFAULT now64(3)
) ENGINE = MergeTree ORDER BY version`

async function readApplied(admin: ClickHouseClient): Promise<readonly Applied[]> {
  const answer = await admin.query({
    query: 'SELECT version, name, checksum FROM schema_migrations ORDER BY version, applied_at',
    format: 'JSONEachRow',
  })
  return answer.json<Applied>()
}

/** Those not run yet, after a check of those that were. */
function pending(
  migrations: readonly Migration[],
  applied: readonly Applied[],
): readonly Migration[] {
  const known = new Map(migrations.map(migration => [migration.version, migration]))
  for (const { version, name, checksum } of applied) {
    const migration = known.get(version)
    if (migration === undefined) {
      throw new PipelineError(
        'store_schema_newer',
        `The database has migration ${name}, which this program does not know: use the newer program.`,
      )
    }
    if (migration.checksum !== checksum) throw changed(migration)
  }
  const done = new Set(applied.map(({ version }) => version))
  return migrations.filter(({ version }) => !done.has(version))
}

const changed = ({ name }: Migration) =>
  new OperatorError([
    {
      path: `sql/migrations/${name}.sql`,
      problem: 'was run on this database with another text',
      remedy: 'Restore the file as it was, and put the change into a new migration.',
    },
  ])

async function run(migration: Migration, options: MigrateOptions): Promise<void> {
  const { admin, log } = options
  const { version, name, checksum, statement } = migration
  await admin.command({ query: fillIn(statement, options) })
  // A crash between the two runs the statement once more: hence IF NOT EXISTS in all of them.
  await admin.insert({
    table: 'schema_migrations',
    values: [{ version, name, checksum }],
    format: 'JSONEachRow',
  })
  log.debug({ migration: name }, 'Migration run.')
}
