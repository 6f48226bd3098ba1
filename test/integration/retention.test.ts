import { Value } from 'typebox/value'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { applyRetention } from '../../src/store/retention.ts'
import { selectRows } from '../../src/store/rows.ts'
import { RetentionSettings } from '../../src/store/settings.ts'
import { openStore } from '../../src/store/store.ts'
import { eventually, startTestStore, type TestStore, testSettings } from '../support/clickhouse.ts'

let db: TestStore
beforeAll(async () => {
  db = await startTestStore()
})
afterAll(() => db.close())

const settings = (changes: Partial<RetentionSettings> = {}) => ({
  ...Value.Create(RetentionSettings),
  ...changes,
})

/** Days that each table keeps its rows; those without a limit are left out. */
async function daysOfTables(): Promise<Record<string, number>> {
  const rows = await selectRows<{ name: string; days: string }>(
    db.store,
    `SELECT name, extract(engine_full, 'toIntervalDay\\\\((\\\\d+)\\\\)') AS days
     FROM system.tables WHERE database = currentDatabase() AND days != '' ORDER BY name`,
  )
  return Object.fromEntries(rows.map(({ name, days }) => [name, Number(days)]))
}

const count = async (table: string) =>
  Number((await selectRows<{ n: number }>(db.store, `SELECT count() AS n FROM ${table}`))[0]?.n)

const insert = (table: string, columns: string, values: string) =>
  db.store.admin.command({ query: `INSERT INTO ${table} (${columns}) SELECT ${values}` })

const byDefault = {
  access_events: 90,
  dead_letters: 30,
  deliveries: 400,
  findings: 400,
  ingest_requests: 2,
  fingerprint_keys: 7,
  leases: 1,
  token_5m: 90,
}

test('each table follows its setting, and goes back to it', async () => {
  const { admin } = db.store
  expect(await daysOfTables()).toEqual(byDefault)
  const changed = settings({
    ...{ eventsDays: 14, rollupsDays: 200, findingsDays: 100, incidentsDays: 1_000 },
    ...{ actionsDays: 2_000, auditDays: 3_000, deliveriesDays: 10, deadLettersDays: 3 },
  })
  await applyRetention(admin, changed)
  expect(await daysOfTables()).toEqual({
    ...{ access_events: 14, token_5m: 200, findings: 100, incident_events: 1_000 },
    ...{ actions: 2_000, containment: 2_000, audit_log: 3_000, deliveries: 10, dead_letters: 3 },
    ...{ ingest_requests: 2, leases: 1, fingerprint_keys: 7 },
  })
  await applyRetention(admin, settings())
  expect(await daysOfTables()).toEqual(byDefault)
})

test('rows that are too old by a new setting go, and the rollups of events stay as long as theirs', async () => {
  const events = (age: string) =>
    insert(
      'access_events',
      'token, ts, source, source_partition, source_offset, ingest_date',
      `generateUUIDv4(), now64(3), 'gateway', 0, 7, today() - ${age}`,
    )
  await events('number FROM numbers(3)')
  await events('50')
  const aged = 'now64(3) - toIntervalDay(number * 50) FROM numbers(2)'
  await insert('deliveries', 'id, incident_id, at', `toString(number), 'i', ${aged}`)
  await insert('audit_log', 'id, subject, at', `toString(number), 's', ${aged}`)
  const counts = () => Promise.all(['access_events', 'deliveries', 'audit_log'].map(count))
  expect(await counts()).toEqual([4, 2, 2])
  await applyRetention(
    db.store.admin,
    settings({ eventsDays: 14, deliveriesDays: 10, auditDays: 30 }),
  )
  await eventually(async () => String(await counts()) === '3,1,1', 30_000)
  expect(await count('token_5m')).toBe(4)
})

test('what would lose what is still needed is refused at start, with a remedy', async () => {
  const retention = settings({ eventsDays: 100, incidentsDays: 7 })
  const opening = openStore({
    settings: testSettings({ dataDir: db.settings.dataDir, retention }),
    log: db.log,
    health: db.health,
    clock: Date.now,
  })
  await expect(opening).rejects.toMatchObject({
    name: 'OperatorError',
    faults: [
      { path: 'store.retention.incidentsDays' },
      { path: 'store.retention.rollupsDays', problem: 'is less than eventsDays' },
    ],
  })
})
