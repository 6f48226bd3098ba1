import { randomUUID } from 'node:crypto'
import type { Admin, Kafka, Producer } from 'kafkajs'
import { Value } from 'typebox/value'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { loadCodecs } from '../../src/ingest/kafka-patches/codecs.ts'
import { loadKafkajs } from '../../src/ingest/kafka-patches/load-kafkajs.ts'
import { createKafkaSource } from '../../src/ingest/kafka-source.ts'
import type { LogSource } from '../../src/ingest/log-source.ts'
import { IngestSettings, type KafkaSettings } from '../../src/ingest/settings.ts'
import { createLogger } from '../../src/telemetry/logger.ts'
import { createMemoryStore, createTestPipeline, until } from '../support/ingest.ts'
import { isKafkaSkipped, startTestKafka, type TestKafka } from '../support/kafka.ts'

const log = createLogger({ level: process.env['TEST_LOG_LEVEL'] ?? 'silent' })
const patches = { isFastDecoderOn: true, isIdleLoopFixed: true }
const PARTITIONS = 4
const isBrokerGiven = (process.env['KAFKA_BROKERS'] ?? '') !== ''

let broker: TestKafka
let kafka: Kafka
let admin: Admin
let producer: Producer
const sources: LogSource[] = []

/** Paths of what is stored, sorted; throws when an event is stored twice. */
function pathsOf(store: ReturnType<typeof createMemoryStore>, topic: string): readonly string[] {
  const events = Array.from({ length: PARTITIONS }, (_, partition) =>
    store.of({ source: topic, partition }),
  ).flat()
  const positions = events.map(({ partition, offset, index }) => `${partition}/${offset}/${index}`)
  expect(new Set(positions).size).toBe(positions.length)
  return events.map(({ path }) => path).sort()
}

const numbered = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, n) => `/${String(from + n).padStart(5, '0')}`)

async function newTopic(partitions = PARTITIONS): Promise<string> {
  const topic = `access-${randomUUID()}`
  await admin.createTopics({
    topics: [{ topic, numPartitions: partitions, replicationFactor: 1 }],
    waitForLeaders: true,
  })
  return topic
}

const produce = (topic: string, paths: readonly string[], compression = 0) =>
  producer.send({
    topic,
    compression,
    messages: paths.map((path, n) => ({
      key: n % 3 === 0 ? null : `key-${n}`,
      value: JSON.stringify({ path }),
      partition: n % PARTITIONS,
    })),
  })

/** A consumer process on a store in memory. */
async function consume(
  topics: readonly string[],
  store: ReturnType<typeof createMemoryStore>,
  changes: Partial<KafkaSettings> = {},
  batchRowsMax = 500,
) {
  const parts = createTestPipeline(store, new Map(), { batchRowsMax, flushMs: 20 })
  const settings: KafkaSettings = {
    ...Value.Create(IngestSettings).kafka,
    brokers: broker.brokers,
    topics: [...topics],
    groupId: `group-${topics[0]}`,
    sessionTimeoutMs: 6_000,
    heartbeatMs: 500,
    fetchBytesMin: 1,
    fetchWaitMs: 50,
    commitMs: 100,
    rebuildMsMax: 500,
    ...changes,
  }
  const { pipeline, scored, letters, health, metrics } = parts
  const source = createKafkaSource({ health, metrics, settings, log, clock: Date.now })
  sources.push(source)
  await source.start(pipeline)
  const isHealthy = () => health.list().some(({ name, isHealthy: is }) => name === 'kafka' && is)
  return { source, settings, pipeline, scored, letters, health, metrics, store, isHealthy }
}

async function connectClients() {
  const kafkajs = await loadKafkajs(patches)
  kafka = new kafkajs.Kafka({
    clientId: 'test',
    brokers: broker.brokers,
    logLevel: kafkajs.logLevel.NOTHING,
    retry: { retries: 20, initialRetryTime: 100, maxRetryTime: 500 },
  })
  admin = kafka.admin()
  // Idempotent: on a topic that has just been made, attempts fail in part, and what is sent again
  // would be there twice.
  const createPartitioner = kafkajs.Partitioners.DefaultPartitioner
  producer = kafka.producer({ createPartitioner, idempotent: true, maxInFlightRequests: 1 })
  await Promise.all([admin.connect(), producer.connect()])
}

describe.skipIf(isKafkaSkipped)('Kafka source on a real broker', () => {
  beforeAll(async () => {
    broker = await startTestKafka()
    await connectClients()
  })

  afterEach(async () => {
    await Promise.all(sources.splice(0).map(source => source.stop()))
  })

  afterAll(async () => {
    await Promise.allSettled([admin?.disconnect(), producer?.disconnect()])
    await broker?.stop()
  })

  test('two topics, every codec, keys or none; a tombstone is a dead letter', async () => {
    const { CompressionTypes } = await loadKafkajs(patches)
    const topics = [await newTopic(), await newTopic()] as const
    const codecs = [0, ...[...(await loadCodecs()).keys()].map(name => CompressionTypes[name])]
    for (const [n, codec] of codecs.entries()) {
      await produce(topics[0], numbered(n * 300, n * 300 + 300), codec)
    }
    await produce(topics[1], ['/second'])
    await producer.send({ topic: topics[1], messages: [{ value: null, partition: 0 }] })
    const store = createMemoryStore()
    const { letters, metrics, pipeline } = await consume(topics, store)
    const expected = numbered(0, codecs.length * 300)
    await until(() => pathsOf(store, topics[0]).length === expected.length, 20_000)
    expect(pathsOf(store, topics[0])).toEqual(expected)
    await until(() => pathsOf(store, topics[1]).length === 1 && letters.length === 1)
    expect(letters).toMatchObject([{ source: topics[1], partition: 0, offset: 1, bytes: 0 }])
    expect(pipeline.settled({ source: topics[1], partition: 0 })).toBe(1)
    const lag = async () => (await metrics.consumerLag.get()).values.map(({ value }) => value)
    await until(() => pipeline.streams().length === 2 * PARTITIONS)
    await expect.poll(lag).toEqual(expect.arrayContaining([0]))
  })

  test.skipIf(isBrokerGiven)('what a Java producer compresses is read', async () => {
    const topic = await newTopic()
    for (const codec of ['snappy', 'lz4', 'gzip']) {
      const line = JSON.stringify({ path: `/${codec}` })
      await broker.own?.produceByJava(
        topic,
        codec,
        Array.from({ length: 200 }, () => line),
      )
    }
    const store = createMemoryStore()
    await consume([topic], store)
    await until(() => pathsOf(store, topic).length === 600, 20_000)
    expect(new Set(pathsOf(store, topic))).toEqual(new Set(['/gzip', '/lz4', '/snappy']))
  })

  test('a restart goes on after what is stored, whatever was committed', async () => {
    const topic = await newTopic()
    await produce(topic, numbered(0, 100))
    const store = createMemoryStore()
    const first = await consume([topic], store)
    await until(() => pathsOf(store, topic).length === 100, 20_000)
    await first.source.stop()
    const { groupId } = first.settings
    await admin.resetOffsets({ groupId, topic, earliest: true })
    await produce(topic, numbered(100, 150))
    const second = await consume([topic], store)
    await until(() => pathsOf(store, topic).length === 150, 20_000)
    expect(pathsOf(store, topic)).toEqual(numbered(0, 150))
    expect(second.scored({ source: topic, partition: 0 }).length).toBeGreaterThan(25)
    // For lag displays: what is settled is committed soon after.
    await expect
      .poll(async () => {
        const [offsets] = await admin.fetchOffsets({ groupId, topics: [topic] })
        return offsets?.partitions.reduce((sum, { offset }) => sum + Number(offset), 0)
      })
      .toBe(150)
  })

  test('`latest` begins where a partition ends, if nothing of it is stored', async () => {
    const topic = await newTopic()
    await produce(topic, numbered(0, 40))
    const store = createMemoryStore()
    const { pipeline } = await consume([topic], store, { startAt: 'latest' })
    await until(
      () => pipeline.streams().filter(({ isOpen }) => isOpen).length === PARTITIONS,
      20_000,
    )
    await expect
      .poll(async () => {
        await produce(topic, ['/new'])
        return pathsOf(store, topic).includes('/new')
      })
      .toBe(true)
    expect(new Set(pathsOf(store, topic))).toEqual(new Set(['/new']))
  })

  test('members come and go under load: every event is stored exactly once', async () => {
    const topic = await newTopic()
    const store = createMemoryStore()
    let sent = 0
    const load = async (count: number) => {
      for (const end = sent + count; sent < end; sent += 50) {
        await produce(topic, numbered(sent, sent + 50))
      }
    }
    const first = await consume([topic], store)
    await load(500)
    const second = await consume([topic], store)
    const streams = (of: typeof first) =>
      of.pipeline.streams().filter(({ isOpen }) => isOpen).length
    await Promise.all([
      load(1_000),
      until(() => streams(first) === 2 && streams(second) === 2, 30_000),
    ])
    await load(500)
    await second.source.stop()
    await Promise.all([load(500), until(() => streams(first) === PARTITIONS, 30_000)])
    await until(() => pathsOf(store, topic).length === sent, 20_000)
    expect(pathsOf(store, topic)).toEqual(numbered(0, sent))
    expect(second.pipeline.streams()).toEqual([])
  })

  test('a stream that fails is opened again, and what was not stored is read again', async () => {
    const topic = await newTopic()
    const store = createMemoryStore()
    await consume([topic], store)
    await produce(topic, numbered(0, 40))
    await until(() => pathsOf(store, topic).length === 40, 20_000)
    store.failure = new Error('refused')
    await produce(topic, numbered(40, 80))
    await new Promise(resolve => setTimeout(resolve, 300))
    store.failure = undefined
    await until(() => pathsOf(store, topic).length === 80, 20_000)
    expect(pathsOf(store, topic)).toEqual(numbered(0, 80))
  })

  test('with the store away the buffer fills, reading stops, the member stays in its group', async () => {
    const topic = await newTopic()
    const store = createMemoryStore()
    let open: () => void = () => undefined
    store.gate = new Promise(resolve => {
      open = resolve
    })
    const { pipeline } = await consume([topic], store, {}, 20)
    await produce(topic, numbered(0, 2_000))
    const buffered = () => pipeline.streams().map(({ bufferedEvents }) => bufferedEvents)
    const full = Array.from({ length: PARTITIONS }, () => 40)
    await until(() => JSON.stringify(buffered()) === JSON.stringify(full), 20_000)
    const { members } = await memberIds(topic)
    // Longer than the session time-out: without signs of life the group would drop the member.
    await new Promise(resolve => setTimeout(resolve, 7_000))
    expect(buffered()).toEqual(full)
    open()
    await until(() => pathsOf(store, topic).length === 2_000, 20_000)
    expect((await memberIds(topic)).members).toEqual(members)
  })

  test('a topic that was made anew is refused, loudly', async () => {
    const topic = await newTopic()
    await produce(topic, numbered(0, 40))
    const store = createMemoryStore()
    const first = await consume([topic], store)
    await until(() => pathsOf(store, topic).length === 40, 20_000)
    await first.source.stop()
    await admin.deleteTopics({ topics: [topic] })
    await expect.poll(() => admin.listTopics()).not.toContain(topic)
    await admin.createTopics({
      topics: [{ topic, numPartitions: PARTITIONS, replicationFactor: 1 }],
      waitForLeaders: true,
    })
    await produce(topic, ['/new'])
    const second = await consume([topic], store)
    const report = () => second.health.list().find(({ name }) => name === 'kafka')?.detail ?? ''
    await until(() => report().includes('is stored'), 20_000)
    expect(second.isHealthy()).toBe(false)
    expect(pathsOf(store, topic)).not.toContain('/new')
  })

  describe.skipIf(isBrokerGiven)('faults and logins of a broker of our own', () => {
    test.each(['plain', 'scram-sha-256', 'scram-sha-512'] as const)(
      'logs in with %s, and says so when it may not',
      async mechanism => {
        const topic = await newTopic()
        await produce(topic, ['/a'])
        const brokers = broker.own?.saslBrokers ?? []
        const sasl = { mechanism, username: 'tokenwatch', password: 'test-password' }
        const store = createMemoryStore()
        await consume([topic], store, { brokers, sasl })
        await until(() => pathsOf(store, topic).length === 1, 20_000)
        const wrong = { ...sasl, password: 'wrong' }
        const refused = await consume([topic], createMemoryStore(), { brokers, sasl: wrong })
        const detail = () =>
          refused.health.list().find(({ name }) => name === 'kafka')?.detail ?? ''
        await until(() => /auth/i.test(detail()), 20_000)
        expect(detail()).not.toContain('wrong')
      },
    )

    test('the broker dies and comes back: nothing lost, nothing twice', async () => {
      const topic = await newTopic()
      const store = createMemoryStore()
      const running = await consume([topic], store)
      await produce(topic, numbered(0, 200))
      await until(() => pathsOf(store, topic).length === 200, 20_000)
      await broker.own?.kill()
      // One that starts while Kafka is away waits for it.
      const other = await newlyStarted(topic)
      await until(() => !running.isHealthy() && !other.isHealthy(), 20_000)
      await broker.own?.restart()
      await until(() => running.isHealthy() && other.isHealthy(), 30_000)
      await produce(topic, numbered(200, 400))
      await until(() => pathsOf(store, topic).length === 400, 20_000)
      expect(pathsOf(store, topic)).toEqual(numbered(0, 400))
      await until(() => pathsOf(other.store, topic).length === 400, 20_000)
    })
  })
})

const newlyStarted = (topic: string) =>
  consume([topic], createMemoryStore(), { groupId: `other-${topic}` })

async function memberIds(topic: string) {
  const { groups } = await admin.describeGroups([`group-${topic}`])
  return { members: groups[0]?.members.map(({ memberId }) => memberId) }
}
