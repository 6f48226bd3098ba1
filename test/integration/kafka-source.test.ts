import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { loadCodecs } from '../../src/ingest/kafka-patches/codecs.ts'
import { createMemoryStore, until } from '../support/ingest.ts'
import { isKafkaSkipped } from '../support/kafka.ts'
import { KafkaBed, numbered, pathsOf } from '../support/kafka-bed.ts'

const PARTITIONS = 4
const isBrokerGiven = (process.env['KAFKA_BROKERS'] ?? '') !== ''

let bed: KafkaBed

describe.skipIf(isKafkaSkipped)('Kafka source on a real broker', () => {
  beforeAll(async () => {
    bed = await KafkaBed.open()
  })

  afterEach(() => bed.stopSources())

  afterAll(() => bed?.close())

  test('two topics, every codec, keys or none; a tombstone is a dead letter', async () => {
    const { CompressionTypes } = bed.kafkajs
    const topics = [await bed.newTopic(PARTITIONS), await bed.newTopic(PARTITIONS)] as const
    const codecs = [0, ...[...(await loadCodecs()).keys()].map(name => CompressionTypes[name])]
    for (const [n, codec] of codecs.entries()) {
      await bed.produce(topics[0], numbered(n * 300, n * 300 + 300), { compression: codec })
    }
    await bed.produce(topics[1], ['/second'])
    await bed.producer.send({ topic: topics[1], messages: [{ value: null, partition: 0 }] })
    const store = createMemoryStore()
    const { letters, metrics, pipeline } = await bed.consume(topics, store)
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
    const topic = await bed.newTopic(PARTITIONS)
    for (const codec of ['snappy', 'lz4', 'gzip']) {
      const line = JSON.stringify({ path: `/${codec}` })
      await bed.broker.own?.produceByJava(
        topic,
        codec,
        Array.from({ length: 200 }, () => line),
      )
    }
    const store = createMemoryStore()
    await bed.consume([topic], store)
    await until(() => pathsOf(store, topic).length === 600, 20_000)
    expect(new Set(pathsOf(store, topic))).toEqual(new Set(['/gzip', '/lz4', '/snappy']))
  })

  test('a restart goes on after what is stored, whatever was committed', async () => {
    const topic = await bed.newTopic(PARTITIONS)
    await bed.produce(topic, numbered(0, 100))
    const store = createMemoryStore()
    const first = await bed.consume([topic], store)
    await until(() => pathsOf(store, topic).length === 100, 20_000)
    await first.source.stop()
    const { groupId } = first.settings
    await bed.admin.resetOffsets({ groupId, topic, earliest: true })
    await bed.produce(topic, numbered(100, 150))
    const second = await bed.consume([topic], store)
    await until(() => pathsOf(store, topic).length === 150, 20_000)
    expect(pathsOf(store, topic)).toEqual(numbered(0, 150))
    expect(second.scored({ source: topic, partition: 0 }).length).toBeGreaterThan(25)
    // For lag displays: what is settled is committed soon after.
    await expect
      .poll(async () => {
        const [offsets] = await bed.admin.fetchOffsets({ groupId, topics: [topic] })
        return offsets?.partitions.reduce((sum, { offset }) => sum + Number(offset), 0)
      })
      .toBe(150)
  })

  test('`latest` begins where a partition ends, if nothing of it is stored', async () => {
    const topic = await bed.newTopic(PARTITIONS)
    await bed.produce(topic, numbered(0, 40))
    const store = createMemoryStore()
    const { pipeline } = await bed.consume([topic], store, { startAt: 'latest' })
    await until(
      () => pipeline.streams().filter(({ isOpen }) => isOpen).length === PARTITIONS,
      20_000,
    )
    await expect
      .poll(async () => {
        await bed.produce(topic, ['/new'])
        return pathsOf(store, topic).includes('/new')
      })
      .toBe(true)
    expect(new Set(pathsOf(store, topic))).toEqual(new Set(['/new']))
  })

  test('members come and go under load: every event is stored exactly once', async () => {
    const topic = await bed.newTopic(PARTITIONS)
    const store = createMemoryStore()
    let sent = 0
    const load = async (count: number) => {
      for (const end = sent + count; sent < end; sent += 50) {
        await bed.produce(topic, numbered(sent, sent + 50))
      }
    }
    const first = await bed.consume([topic], store)
    await load(500)
    const second = await bed.consume([topic], store)
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
    const topic = await bed.newTopic(PARTITIONS)
    const store = createMemoryStore()
    await bed.consume([topic], store)
    await bed.produce(topic, numbered(0, 40))
    await until(() => pathsOf(store, topic).length === 40, 20_000)
    store.failure = new Error('refused')
    await bed.produce(topic, numbered(40, 80))
    await new Promise(resolve => setTimeout(resolve, 300))
    store.failure = undefined
    await until(() => pathsOf(store, topic).length === 80, 20_000)
    expect(pathsOf(store, topic)).toEqual(numbered(0, 80))
  })

  test('with the store away the buffer fills, reading stops, the member stays in its group', async () => {
    const topic = await bed.newTopic(PARTITIONS)
    const store = createMemoryStore()
    let open: () => void = () => undefined
    store.gate = new Promise(resolve => {
      open = resolve
    })
    const { pipeline } = await bed.consume([topic], store, {}, { batchRowsMax: 20 })
    await bed.produce(topic, numbered(0, 2_000))
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
    const topic = await bed.newTopic(PARTITIONS)
    await bed.produce(topic, numbered(0, 40))
    const store = createMemoryStore()
    const first = await bed.consume([topic], store)
    await until(() => pathsOf(store, topic).length === 40, 20_000)
    await first.source.stop()
    await bed.deleteTopic(topic)
    await bed.newTopic(PARTITIONS, topic)
    await bed.produce(topic, ['/new'])
    const second = await bed.consume([topic], store)
    await until(() => second.detail().includes('is stored'), 20_000)
    expect(second.isHealthy()).toBe(false)
    expect(pathsOf(store, topic)).not.toContain('/new')
  })

  describe.skipIf(isBrokerGiven)('faults and logins of a broker of our own', () => {
    test.each(['plain', 'scram-sha-256', 'scram-sha-512'] as const)(
      'logs in with %s, and says so when it may not',
      async mechanism => {
        const topic = await bed.newTopic(PARTITIONS)
        await bed.produce(topic, ['/a'])
        const brokers = bed.broker.own?.saslBrokers ?? []
        const sasl = { mechanism, username: 'tokenwatch', password: 'test-password' }
        const store = createMemoryStore()
        await bed.consume([topic], store, { brokers, sasl })
        await until(() => pathsOf(store, topic).length === 1, 20_000)
        const wrong = { ...sasl, password: 'wrong' }
        const refused = await bed.consume([topic], createMemoryStore(), { brokers, sasl: wrong })
        await until(() => /auth/i.test(refused.detail()), 20_000)
        expect(refused.detail()).not.toContain('wrong')
      },
    )

    test('the broker dies and comes back: nothing lost, nothing twice', async () => {
      const topic = await bed.newTopic(PARTITIONS)
      const store = createMemoryStore()
      const running = await bed.consume([topic], store)
      await bed.produce(topic, numbered(0, 200))
      await until(() => pathsOf(store, topic).length === 200, 20_000)
      await bed.broker.own?.kill()
      // One that starts while Kafka is away waits for it.
      const otherStore = createMemoryStore()
      const other = await bed.consume([topic], otherStore, { groupId: `other-${topic}` })
      await until(() => !running.isHealthy() && !other.isHealthy(), 20_000)
      await bed.broker.own?.restart()
      await until(() => running.isHealthy() && other.isHealthy(), 30_000)
      await bed.produce(topic, numbered(200, 400))
      await until(() => pathsOf(store, topic).length === 400, 20_000)
      expect(pathsOf(store, topic)).toEqual(numbered(0, 400))
      await until(() => pathsOf(otherStore, topic).length === 400, 20_000)
    })
  })
})

async function memberIds(topic: string) {
  const { groups } = await bed.admin.describeGroups([`group-${topic}`])
  return { members: groups[0]?.members.map(({ memberId }) => memberId) }
}
