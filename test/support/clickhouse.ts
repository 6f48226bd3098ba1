import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Value } from 'typebox/value'
import { StoreSettings } from '../../src/store/settings.ts'
import { openStore, type Store } from '../../src/store/store.ts'
import { createHealth, type Health } from '../../src/telemetry/health.ts'
import { createLogger, type Logger } from '../../src/telemetry/logger.ts'

export interface TestStore {
  readonly store: Store
  readonly settings: StoreSettings
  readonly health: Health
  readonly log: Logger
  /** SIGKILL to the server; it comes back by itself on the same port unless `restartOnExit` is off. */
  killServer(): void
  /** Empties tables of the test database. */
  truncate(...tables: readonly string[]): Promise<void>
  /** Closes the store and removes its folder. */
  close(): Promise<void>
}

/** Defaults of the store with a folder of its own and a database that tests may empty. */
export function testSettings(overrides: Partial<StoreSettings> = {}): StoreSettings {
  const defaults = Value.Create(StoreSettings)
  const dataDir = overrides.dataDir ?? mkdtempSync(join(tmpdir(), 'tokenwatch-store-'))
  return { ...defaults, dataDir, database: 'tokenwatch_test', fsync: false, ...overrides }
}

/** A real embedded ClickHouse with the schema in it. One per test file: it takes about two seconds. */
export async function startTestStore(overrides: Partial<StoreSettings> = {}): Promise<TestStore> {
  const settings = testSettings(overrides)
  if (!settings.database.endsWith('_test')) throw new RangeError('not a test database')
  const log = createLogger({ level: process.env['TEST_LOG_LEVEL'] ?? 'silent' })
  const health = createHealth(Date.now)
  const store = await openStore({ settings, log, health, clock: Date.now })
  return {
    store,
    settings,
    health,
    log,
    killServer: () => {
      const pid = store.embedded?.pid ?? 0
      if (pid > 0) process.kill(pid, 'SIGKILL')
    },
    truncate: async (...tables) => {
      for (const table of tables)
        await store.admin.command({ query: `TRUNCATE TABLE ${table} SYNC` })
    },
    close: async () => {
      await store.close()
      rmSync(settings.dataDir, { recursive: true, force: true })
    },
  }
}

/** Waits until the condition holds. For what happens in its own time; never a fixed sleep. */
export async function eventually<Value>(
  condition: () => Promise<Value | undefined | false> | Value | undefined | false,
  timeoutMs = 20_000,
): Promise<Value> {
  const deadlineMs = performance.now() + timeoutMs
  for (;;) {
    const value = await condition()
    if (value !== undefined && value !== false) return value
    if (performance.now() > deadlineMs) throw new Error(`not true within ${timeoutMs} ms`)
    await new Promise(resolve => setTimeout(resolve, 20))
  }
}
