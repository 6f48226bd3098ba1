import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { renderKongRecord } from '../../src/simulate/formats/kong-record.ts'
import { createWorld } from '../../src/simulate/world.ts'
import { eventually, startTestStore, type TestStore } from '../support/clickhouse.ts'
import { eventCounts, exactCounts } from '../support/event-counts.ts'
import { isKafkaSkipped, startTestKafka, type TestKafka } from '../support/kafka.ts'
import { produce } from '../support/produce.ts'
import { removeFolders, startServer, stopPrograms } from '../support/program.ts'

const DAY_MS = 86_400_000
const EVENTS = 60_000
const HTTP_LINES = 500
/** How long ClickHouse is away. */
const OUTAGE_MS = 12_000

const lines = (() => {
  const world = createWorld({
    seed: 11,
    tokens: 60,
    days: 30,
    startMs: Date.now() - 29 * DAY_MS,
    attacks: [],
    lookAlikes: [],
  })
  const calls = []
  for (const call of world.events()) {
    calls.push({ key: call.token, value: renderKongRecord(call) })
    if (calls.length === EVENTS) break
  }
  return calls
})()

afterEach(stopPrograms)

describe.skipIf(isKafkaSkipped)('nothing lost, nothing twice', () => {
  let kafka: TestKafka
  beforeAll(async () => {
    kafka = await startTestKafka()
  })
  afterAll(async () => {
    await kafka.stop()
    removeFolders()
  })

  const environment = (store: TestStore, topic: string) => ({
    KAFKA_BROKERS: kafka.brokers.join(','),
    KAFKA_TOPICS: topic,
    KAFKA_GROUP_ID: topic,
    TOKENWATCH_INGEST_KAFKA_SESSION_TIMEOUT_MS: '6000',
    TOKENWATCH_INGEST_KAFKA_HEARTBEAT_MS: '1000',
    // Small batches: more moments at which a kill can hurt.
    TOKENWATCH_INGEST_BATCH_ROWS_MAX: '2000',
    TOKENWATCH_INGEST_FLUSH_MS: '50',
    CLICKHOUSE_URL: store.store.url,
    CLICKHOUSE_USER: 'admin',
    CLICKHOUSE_PASSWORD: store.store.embedded?.passwords.admin ?? '',
    CLICKHOUSE_DATABASE: store.settings.database,
  })

  const storedAtLeast = (store: TestStore, events: number, timeoutMs: number) =>
    eventually(
      async () => ((await eventCounts(store.store))['access_events'] ?? 0) >= events,
      timeoutMs,
    )

  /** The log is first, each rollup a moment later; then nothing moves any more. */
  const expectExact = (store: TestStore, events: number) =>
    expect
      .poll(() => eventCounts(store.store), { timeout: 10_000, interval: 500 })
      .toEqual(exactCounts(events))

  test('ClickHouse is away for a while under load, from Kafka and from HTTP', async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'tokenwatch-outage-'))
    const settings = { database: 'tokenwatch_outage_test', dataDir, restartOnExit: false }
    const first = await startTestStore(settings)
    const httpPort = Number(new URL(first.store.url).port)
    const topic = 'away.clickhouse'
    await produce({ brokers: kafka.brokers, topic, partitions: 3, messages: lines })
    const server = await startServer({
      environment: { ...environment(first, topic), TOKENWATCH_INGEST_HTTP_STORE_WAIT_MS: '2000' },
    })
    await storedAtLeast(first, EVENTS * 0.1, 60_000)
    first.killServer()
    const awaySinceMs = Date.now()

    const batch = lines.slice(0, HTTP_LINES).map(({ value }) => value)
    const send = () => server.send(batch, { 'idempotency-key': 'during-the-outage' })
    const refused = await send()
    expect(refused.status).toBe(503)
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
    expect((await fetch(`${server.url}/readyz`)).status).toBe(503)
    await eventually(() => Date.now() - awaySinceMs > OUTAGE_MS, OUTAGE_MS + 5_000)

    const again = await startTestStore({ ...settings, httpPort })
    await eventually(async () => (await send()).status === 200, 60_000)
    expect((await send()).status).toBe(200) // a repetition changes nothing
    await storedAtLeast(again, EVENTS + HTTP_LINES, 90_000)
    await expectExact(again, EVENTS + HTTP_LINES)
    await eventually(async () => (await fetch(`${server.url}/readyz`)).status === 200)
    server.process.kill('SIGTERM')
    expect(await server.ended).toBe(0)
    await again.close()
  }, 300_000)
})
