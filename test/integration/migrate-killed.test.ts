import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { createClients } from '../../src/store/clients.ts'
import { migrate } from '../../src/store/migrate.ts'
import { readMigrations } from '../../src/store/migration-files.ts'
import { selectRows } from '../../src/store/rows.ts'
import { eventually, startTestStore, type TestStore } from '../support/clickhouse.ts'
import { aFolder, removeFolders, startProgram, stopPrograms } from '../support/program.ts'

let db: TestStore
beforeAll(async () => {
  db = await startTestStore()
})
afterEach(() => stopPrograms())
afterAll(async () => {
  await db.close()
  removeFolders()
})

const names = readMigrations().map(({ name }) => name)

/** `tokenwatch migrate` as a process of its own, on a database of the test's server. */
const startMigration = (database: string) =>
  startProgram(['migrate', '--data-dir', aFolder()], {
    environment: {
      CLICKHOUSE_URL: db.store.url,
      CLICKHOUSE_USER: 'admin',
      CLICKHOUSE_PASSWORD: db.store.embedded?.passwords.admin ?? '',
      CLICKHOUSE_DATABASE: database,
    },
  })

/** Names of migrations that are on record, each time that they are. */
async function applied(database: string): Promise<readonly string[]> {
  const isThere = await selectRows(
    { client: db.store.admin },
    "SELECT 1 AS one FROM system.tables WHERE database = {database:String} AND name = 'schema_migrations'",
    { database },
  )
  if (isThere.length === 0) return []
  const rows = await selectRows<{ name: string }>(
    { client: db.store.admin },
    `SELECT name FROM ${database}.schema_migrations ORDER BY version`,
  )
  return rows.map(({ name }) => name)
}

/** What the tables of a database are, whatever the database is called. */
async function schemaOf(database: string): Promise<readonly string[]> {
  const rows = await selectRows<{ text: string }>(
    { client: db.store.admin },
    `SELECT replaceAll(create_table_query, {database:String}, 'x') AS text
     FROM system.tables
     WHERE database = {database:String} AND name NOT LIKE 'schema_%' ORDER BY name`,
    { database },
  )
  return rows.map(({ text }) => text)
}

test.each([
  ['early', 2],
  ['half way', Math.floor(names.length / 2)],
])(
  'killed %s, the next processes go on where it was, and each migration is on record once',
  async (_, after) => {
    const database = `killed_${after}_test`
    const killed = startMigration(database)
    await eventually(async () => (await applied(database)).length >= after, 60_000)
    killed.process.kill('SIGKILL')
    await killed.ended
    const before = await applied(database)
    expect(before.length).toBeLessThan(names.length)

    const next = [startMigration(database), startMigration(database)]
    expect(await Promise.all(next.map(({ ended }) => ended))).toEqual([0, 0])
    expect(await applied(database)).toEqual(names)
    expect(await schemaOf(database)).toEqual(await schemaOf(db.settings.database))
  },
  120_000,
)

test('a migration whose record was lost in a crash is run once more, whichever it is', async () => {
  const database = 'unrecorded_test'
  const login = { username: 'admin', password: db.store.embedded?.passwords.admin ?? '' }
  const logins = { admin: login, ingest: login, analyst: login }
  await db.store.admin.command({ query: `CREATE DATABASE ${database}` })
  const { admin } = createClients(db.store.url, logins, { ...db.settings, database })
  const options = { admin, database, retentionDays: 90, log: db.log, isSoleUser: false }
  expect(await migrate(options)).toEqual(names)
  const schema = await schemaOf(database)
  for (const { version, name } of readMigrations()) {
    await admin.command({
      query: 'ALTER TABLE schema_migrations DELETE WHERE version = {version:UInt32}',
      query_params: { version },
      clickhouse_settings: { mutations_sync: '1' },
    })
    expect(await migrate(options)).toEqual([name])
  }
  expect(await schemaOf(database)).toEqual(schema)
  await admin.close()
}, 120_000)

test('a program that is older than the schema ends, and says why', async () => {
  const database = 'newer_program_test'
  expect(await startMigration(database).ended).toBe(0)
  await db.store.admin.command({
    query: `INSERT INTO ${database}.schema_migrations (version, name, checksum) VALUES (9999, '9999_make_hay', 'x')`,
  })
  const old = startMigration(database)
  expect(await old.ended).not.toBe(0)
  expect(old.errors()).toContain('9999_make_hay')
  expect(old.errors()).toContain('use the newer program')
})
