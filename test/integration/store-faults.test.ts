import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { closeClients, createClients } from '../../src/store/clients.ts'
import { type EventStream, openEventStream } from '../../src/store/event-stream.ts'
import type { Store } from '../../src/store/store.ts'
import { eventually, startTestStore, type TestStore } from '../support/clickhouse.ts'
import { type Cut, startCuttingProxy } from '../support/cutting-proxy.ts'
import {
  appendEvents,
  countEvents,
  eventsOf,
  noDifferences,
  rollupDifferences,
} from '../support/stored-events.ts'

let db: TestStore
beforeAll(async () => {
  db = await startTestStore({ insertTimeoutSeconds: 5 })
})
afterAll(() => db.close())

const ingestLogin = ({ store }: TestStore) => ({
  username: 'ingest',
  password: store.embedded?.passwords.ingest ?? '',
})

/** The same store, reached through another address. */
function through(url: string): Store {
  const login = ingestLogin(db)
  const logins = { admin: login, ingest: login, analyst: login }
  const clients = createClients(url, logins, db.settings)
  return { ...db.store, ...clients, close: () => closeClients(clients) }
}

/** Appends until told to stop; resolves to the last offset that was acknowledged. */
function appendUntil(writer: EventStream, isDone: () => boolean): Promise<number> {
  const run = async () => {
    while (!isDone()) {
      const from = writer.watermark + 1
      await appendEvents(writer, eventsOf(writer.stream, from, from + 1_500))
    }
    return writer.watermark
  }
  return run()
}

const cuts: readonly Cut[] = [{ at: 'response' }, { at: 'request', bytes: 200_000 }]

test.each(cuts)('an insert cut at its $at is stored once', async cut => {
  const proxy = await startCuttingProxy(db.store.url)
  const store = through(proxy.url)
  const stream = { source: `gateway.cut-${cut.at}`, partition: 0 }
  const failures: string[] = []
  const writer = await openEventStream(store, stream, {
    observer: { failed: (_, { code }) => failures.push(code) },
  })
  for (let round = 0; round < 3; round++) {
    proxy.cutNext(cut, 'INSERT+INTO+access_events')
    const from = writer.watermark + 1
    await appendEvents(writer, eventsOf(stream, from, from + 8_000))
  }
  expect(proxy.cuts).toBe(3)
  expect(failures).toEqual(Array(3).fill('store_outcome_unknown'))
  expect(db.health.isReady).toBe(true)
  expect(await countEvents(db.store, stream)).toEqual({
    events: 24_000,
    unique: 24_000,
    last: 23_999,
  })
  await store.close()
  await proxy.close()
})

test('a process killed in the middle of its inserts leaves nothing lost and nothing twice', async () => {
  const stream = { source: 'gateway.killed', partition: 0 }
  for (let round = 0; round < 3; round++) {
    const { username, password } = ingestLogin(db)
    const script = join(import.meta.dirname, '../support/append-events.ts')
    const options = [db.store.url, db.store.database, username, password, stream.source]
    const child = spawn(process.execPath, ['--import', 'tsx', script, ...options], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    let acknowledged = -1
    child.stdout.setEncoding('utf8').on('data', (lines: string) => {
      acknowledged = Number(lines.trim().split('\n').at(-1))
    })
    const before = (await countEvents(db.store, stream))?.events ?? 0
    await eventually(() => acknowledged > before + 8_000 * (round + 1))
    child.kill('SIGKILL')
    await new Promise(resolve => child.once('close', resolve))
    const next = await openEventStream(db.store, stream)
    expect(next.watermark).toBeGreaterThanOrEqual(acknowledged)
    const stored = next.watermark + 1
    expect(await countEvents(db.store, stream)).toMatchObject({ events: stored, unique: stored })
    await appendEvents(next, eventsOf(stream, stored, stored + 10))
  }
  expect(await rollupDifferences(db.store)).toEqual(noDifferences)
})

test('a server killed under load comes back, and every event is stored once', async () => {
  const streams = [
    { source: 'gateway.load', partition: 0 },
    { source: 'gateway.load', partition: 1 },
    { source: 'http.load', partition: 0 },
  ]
  let isDone = false
  const writers = await Promise.all(streams.map(stream => openEventStream(db.store, stream)))
  const appending = writers.map(writer => appendUntil(writer, () => isDone))
  for (let kill = 0; kill < 4; kill++) {
    const reached = writers.map(({ watermark }) => watermark)
    await eventually(() => writers.every(({ watermark }, at) => watermark > (reached[at] ?? 0)))
    const pid = db.store.embedded?.pid
    db.killServer()
    await eventually(() => db.health.list().some(({ isHealthy }) => !isHealthy))
    await eventually(() => db.store.embedded?.pid !== 0 && db.store.embedded?.pid !== pid)
  }
  await eventually(() => db.health.isReady)
  isDone = true
  const watermarks = await Promise.all(appending)
  for (const [at, stream] of streams.entries()) {
    const events = (watermarks[at] ?? 0) + 1
    expect(await countEvents(db.store, stream)).toEqual({
      events,
      unique: events,
      last: events - 1,
    })
  }
  expect(await rollupDifferences(db.store)).toEqual(noDifferences)
})

test('a signal ends the waiting for a server that is away', async () => {
  const stopping = new AbortController()
  const store = through('http://127.0.0.1:9')
  const failures: string[] = []
  const opening = openEventStream(
    store,
    { source: 'gateway.away', partition: 0 },
    { signal: stopping.signal, observer: { failed: (_, { code }) => failures.push(code) } },
  )
  const outcome = expect(opening).rejects.toMatchObject({ code: 'store_unavailable' })
  await eventually(() => failures.length >= 2)
  expect(db.health.list()).toMatchObject([{ name: 'clickhouse', isHealthy: false }])
  stopping.abort()
  await outcome
  await store.close()
})
