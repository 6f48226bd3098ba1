import { afterAll, beforeAll, expect, test } from 'vitest'
import { createClients } from '../../src/store/clients.ts'
import { openEventStream } from '../../src/store/event-stream.ts'
import { type MigrateOptions, migrate } from '../../src/store/migrate.ts'
import { type Migration, parseMigration } from '../../src/store/migration-files.ts'
import { rollups } from '../../src/store/rollups.ts'
import { selectRows } from '../../src/store/rows.ts'
import { openStore } from '../../src/store/store.ts'
import { createHealth } from '../../src/telemetry/health.ts'
import { startTestStore, type TestStore, testSettings } from '../support/clickhouse.ts'
import { appendEvents, countEvents, eventsOf } from '../support/stored-events.ts'

let db: TestStore
beforeAll(async () => {
  db = await startTestStore()
})
afterAll(() => db.close())

/** A database of its own on the same server. */
async function emptyDatabase(database: string): Promise<MigrateOptions> {
  await db.store.admin.command({ query: `DROP DATABASE IF EXISTS ${database} SYNC` })
  await db.store.admin.command({ query: `CREATE DATABASE ${database}` })
  const login = { username: 'admin', password: db.store.embedded?.passwords.admin ?? '' }
  const logins = { admin: login, ingest: login, analyst: login }
  const { admin } = createClients(db.store.url, logins, { ...db.settings, database })
  return { admin, database, retentionDays: 90, log: db.log, isSoleUser: false }
}

const createA = parseMigration(
  '0001_create_a.sql',
  'CREATE TABLE IF NOT EXISTS a (x UInt8) ENGINE = Memory',
)
const createB = parseMigration(
  '0002_create_b.sql',
  'CREATE TABLE IF NOT EXISTS b (x UInt8) ENGINE = Memory',
)

const tables = ({ admin, database }: MigrateOptions) =>
  selectRows<{ name: string }>(
    { client: admin },
    "SELECT name FROM system.tables WHERE database = {database:String} AND name NOT LIKE 'schema_%' ORDER BY name",
    { database },
  ).then(rows => rows.map(({ name }) => name))

test('only what was not run yet is run, once', async () => {
  const options = await emptyDatabase('steps_test')
  const run = (...migrations: Migration[]) => migrate({ ...options, migrations })
  expect(await run(createA)).toEqual(['0001_create_a'])
  expect(await run(createA, createB)).toEqual(['0002_create_b'])
  expect(await run(createA, createB)).toEqual([])
  expect(await tables(options)).toEqual(['a', 'b'])
})

test('a migration that was changed after it was run is refused, and nothing is run', async () => {
  const options = await emptyDatabase('changed_test')
  await migrate({ ...options, migrations: [createA] })
  const changed = parseMigration('0001_create_a.sql', `-- new\n${createA.statement}`)
  await expect(migrate({ ...options, migrations: [changed, createB] })).rejects.toMatchObject({
    name: 'OperatorError',
    faults: [{ path: 'sql/migrations/0001_create_a.sql' }],
  })
  expect(await tables(options)).toEqual(['a'])
})

test('a database of a newer program is refused', async () => {
  const options = await emptyDatabase('newer_test')
  await migrate({ ...options, migrations: [createA, createB] })
  await expect(migrate({ ...options, migrations: [createA] })).rejects.toMatchObject({
    code: 'store_schema_newer',
  })
})

test('of several programs that migrate at once, one runs each migration', async () => {
  const options = await emptyDatabase('race_test')
  const runs = await Promise.all(
    [1, 2, 3, 4].map(() => migrate({ ...options, migrations: [createA, createB] })),
  )
  expect(runs.flat().sort()).toEqual(['0001_create_a', '0002_create_b'])
  expect(
    await selectRows(
      { client: options.admin },
      'SELECT version FROM schema_migrations ORDER BY version',
    ),
  ).toEqual([{ version: 1 }, { version: 2 }])
})

const external = (settings: Parameters<typeof testSettings>[0]) => ({
  settings: testSettings({
    url: db.store.url,
    user: 'admin',
    password: db.store.embedded?.passwords.admin ?? '',
    database: 'external_test',
    dataDir: db.settings.dataDir,
    ...settings,
  }),
  log: db.log,
  health: createHealth(Date.now),
  clock: Date.now,
})

test('an external server gets its database, the schema and events', async () => {
  const store = await openStore(external({}))
  expect(store.embedded).toBeUndefined()
  const stream = { source: 'gateway.external', partition: 0 }
  const writer = await openEventStream(store, stream)
  await appendEvents(writer, eventsOf(stream, 0, 100))
  expect(await countEvents(store, stream)).toMatchObject({ events: 100 })
  const write = store.reader.command({ query: 'TRUNCATE TABLE access_events' })
  await expect(write).rejects.toMatchObject({ code: '164' })
  await store.close()
})

test.each([
  ['a wrong password', { password: 'wrong' }, 'store.user', 'does not accept'],
  [
    'no server',
    { url: 'http://127.0.0.1:9' },
    'store.url',
    'no ClickHouse answered at 127.0.0.1:9',
  ],
  ['no address', { url: 'clickhouse' }, 'store.url', 'not the HTTP address'],
])('with %s the operator is told what to put right', async (_, settings, path, problem) => {
  const opening = openStore(external({ ...settings, connectTimeoutSeconds: 1 }))
  await expect(opening).rejects.toMatchObject({
    name: 'OperatorError',
    faults: [{ path, problem: expect.stringContaining(problem) }],
  })
})

test('events and rollups are merged ten parts at a time, record tables are not', async () => {
  const rows = await selectRows<{ name: string; parts: string }>(
    db.store,
    `SELECT name, extract(engine_full, 'min_parts_to_merge_at_once = (\\\\d+)') AS parts
     FROM system.tables WHERE database = currentDatabase() AND parts != '' ORDER BY name`,
  )
  expect(rows).toEqual(
    ['access_events', ...rollups].toSorted().map(name => ({ name, parts: '10' })),
  )
})
