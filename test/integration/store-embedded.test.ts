import { spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { Agent, get } from 'node:http'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ClickHouseLogLevel, createClient } from '@clickhouse/client'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { selectRows } from '../../src/store/rows.ts'
import { openStore } from '../../src/store/store.ts'
import { createHealth } from '../../src/telemetry/health.ts'
import { createLogger } from '../../src/telemetry/logger.ts'
import { eventually, startTestStore, type TestStore, testSettings } from '../support/clickhouse.ts'

let db: TestStore
beforeAll(async () => {
  db = await startTestStore()
})
afterAll(() => db.close())

const log = createLogger({ level: 'silent' })
const open = (settings: Parameters<typeof testSettings>[0]) =>
  openStore({
    settings: testSettings(settings),
    log,
    health: createHealth(Date.now),
    clock: Date.now,
  })

const fault = (path: string, problem: RegExp) => ({
  name: 'OperatorError',
  faults: [{ path, problem: expect.stringMatching(problem), remedy: expect.any(String) }],
})

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

test('a second process on the same folder is refused, and the first goes on undisturbed', async () => {
  const { dataDir } = db.settings
  await expect(open({ dataDir })).rejects.toMatchObject(fault('store.dataDir', /another process/))
  expect(await selectRows(db.store, 'SELECT 1 AS one')).toEqual([{ one: 1 }])
  expect(readdirSync(join(dataDir, 'tokenwatch-run'))).toHaveLength(1)
})

test.each(['httpPort', 'tcpPort'] as const)('a %s in use is told by name', async name => {
  const other = createServer()
  await new Promise<void>(resolve => other.listen(0, '127.0.0.1', resolve))
  const address = other.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const dataDir = mkdtempSync(join(tmpdir(), 'tokenwatch-store-'))
  const refused = fault(`store.${name}`, new RegExp(`^port ${port} is in use$`))
  await expect(open({ dataDir, [name]: port })).rejects.toMatchObject(refused)
  await new Promise(resolve => other.close(resolve))
  rmSync(dataDir, { recursive: true })
})

test('a folder that cannot be written is told by its path', async () => {
  const file = join(db.settings.dataDir, 'a-file')
  writeFileSync(file, '')
  const refused = fault('store.dataDir', /a-file\/data cannot be written \(ENOTDIR\)/)
  await expect(open({ dataDir: join(file, 'data') })).rejects.toMatchObject(refused)
})

test('passwords and configuration are readable by the owner only', () => {
  const { dataDir } = db.settings
  const run = join(dataDir, 'tokenwatch-run')
  const [instance = ''] = readdirSync(run)
  for (const file of [
    join(dataDir, 'passwords.json'),
    join(run, instance, 'users.xml'),
    join(run, instance, 'config.xml'),
  ]) {
    expect({ file, mode: statSync(file).mode & 0o777 }).toMatchObject({ mode: 0o600 })
  }
})

const ACCESS_DENIED = '497'
const READONLY = '164'
/** Of a setting that may be changed, up to a bound. */
const OUT_OF_BOUNDS = '452'
const SESSION_LIMIT = '700'

test.each([
  ['client', "SELECT * FROM file('passwords.json', 'LineAsString')", [ACCESS_DENIED]],
  ['client', 'DROP TABLE access_events', [ACCESS_DENIED]],
  ['client', 'SELECT * FROM system.users', [ACCESS_DENIED]],
  ['reader', "INSERT INTO ingest_owner (source) VALUES ('x')", [ACCESS_DENIED, READONLY]],
  ['reader', 'SET max_execution_time = 1000', [OUT_OF_BOUNDS]],
  ['reader', 'SET max_memory_usage = 1', [READONLY]],
  ['reader', "SELECT * FROM url('http://192.0.2.1/', 'LineAsString')", [ACCESS_DENIED, READONLY]],
] as const)('%s may not: %s', async (user, query, codes) => {
  const error = await db.store[user].command({ query }).catch((thrown: { code: string }) => thrown)
  expect(codes).toContain((error as { code: string }).code)
})

test('the user of the process itself is shut out', async () => {
  const client = createClient({
    url: db.store.url,
    username: 'default',
    password: '',
    log: { level: ClickHouseLogLevel.OFF },
  })
  await expect(client.query({ query: 'SELECT 1' })).rejects.toMatchObject({ code: SESSION_LIMIT })
  await client.close()
})

test('a server that dies is started again on the same port, with its data', async () => {
  await db.store.admin.command({
    query: 'CREATE TABLE kept (a UInt8) ENGINE = MergeTree ORDER BY a',
  })
  await db.store.admin.command({ query: 'INSERT INTO kept VALUES (7)' })
  const first = db.store.embedded?.pid ?? 0
  db.killServer()
  await eventually(() => !db.health.isReady)
  await eventually(() => db.health.isReady)
  expect(db.store.embedded?.pid).not.toBe(first)
  expect(await selectRows(db.store, 'SELECT a FROM kept')).toEqual([{ a: 7 }])
})

test('a stop takes less than five seconds although a client holds a connection', async () => {
  const held = await startTestStore({ restartOnExit: true })
  const { url, embedded } = held.store
  const agent = new Agent({ keepAlive: true })
  await new Promise(resolve =>
    get(`${url}/ping`, { agent }, answer => answer.resume().on('end', resolve)),
  )
  const pid = embedded?.pid ?? 0
  const startMs = performance.now()
  await held.close()
  expect(performance.now() - startMs).toBeLessThan(5_000)
  expect(isAlive(pid)).toBe(false)
  agent.destroy()
})

test('without restart a server that dies stays dead, and the store can still be closed', async () => {
  const fragile = await startTestStore({ restartOnExit: false })
  fragile.killServer()
  await eventually(() => !fragile.health.isReady)
  await expect(selectRows(fragile.store, 'SELECT 1')).rejects.toMatchObject({
    name: 'PipelineError',
    isRetryable: true,
  })
  await fragile.close()
})

test('when the process is killed its server ends too, and the folder can be opened again', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'tokenwatch-store-'))
  const script = join(import.meta.dirname, '../support/hold-store.ts')
  const child = spawn(process.execPath, ['--import', 'tsx', script, dataDir], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const pid = await new Promise<number>(resolve =>
    child.stdout.once('data', data => resolve(Number(String(data)))),
  )
  expect(isAlive(pid)).toBe(true)
  child.kill('SIGKILL')
  await eventually(() => !isAlive(pid))
  const again = await startTestStore({ dataDir })
  // The passwords are those of the first start, and what its run left is gone.
  expect(readdirSync(join(dataDir, 'tokenwatch-run'))).toHaveLength(1)
  await again.close()
})
