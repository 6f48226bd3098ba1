import { afterAll, beforeAll, expect, test } from 'vitest'
import { createKeyCheck } from '../../src/app-key-check.ts'
import { loadSettings } from '../../src/config/load-settings.ts'
import { Settings } from '../../src/settings.ts'
import { createFingerprintKeysTable } from '../../src/store/fingerprint-keys.ts'
import { createHealth } from '../../src/telemetry/health.ts'
import { createMetrics } from '../../src/telemetry/metrics.ts'
import { startTestStore, type TestStore } from '../support/clickhouse.ts'

let db: TestStore
beforeAll(async () => {
  db = await startTestStore({ database: 'tokenwatch_key_check_test' })
})
afterAll(() => db.close())

const DAY_MS = 86_400_000
const ourKey = Buffer.alloc(32, 1)

/** A process that names tokens with the key, at that time. */
async function aProcess(fingerprintKey: Buffer, nowMs = Date.now()) {
  const health = createHealth(() => nowMs)
  const check = createKeyCheck({
    settings: loadSettings(Settings, { environment: {} }),
    metrics: createMetrics(),
    health,
    log: db.log,
    clock: () => nowMs,
    tables: { fingerprintKeys: createFingerprintKeysTable(db.store) },
    fingerprintKey,
  })
  await check()
  const isAlone = () => health.list().find(({ name }) => name === 'fingerprint key')?.isHealthy
  return { check, health, isAlone }
}

test('processes with different keys on one store both say so, and stay ready', async () => {
  const first = await aProcess(ourKey)
  const same = await aProcess(ourKey)
  expect([first.isAlone(), same.isAlone()]).toEqual([true, true])

  const other = await aProcess(Buffer.alloc(32, 2))
  expect(other.isAlone()).toBe(false)
  expect(other.health.isReady).toBe(true)
  await first.check()
  expect(first.isAlone()).toBe(false)

  // A day after the other one was used for the last time: the key was changed, or is the only one again.
  expect((await aProcess(ourKey, Date.now() + DAY_MS + 60_000)).isAlone()).toBe(true)
})

test('what is stored of a key tells nothing of it', async () => {
  const answer = await db.store.admin.query({
    query: 'SELECT key_id FROM fingerprint_keys',
    format: 'JSONEachRow',
  })
  const rows = await answer.json<{ key_id: string }>()
  expect(rows.length).toBeGreaterThan(0)
  for (const { key_id } of rows) {
    expect(key_id).toMatch(/^[0-9a-f]{16}$/)
    expect(key_id).not.toContain(ourKey.toString('hex').slice(0, 8))
  }
})
