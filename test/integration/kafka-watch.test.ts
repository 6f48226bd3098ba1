import { createRequire } from 'node:module'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { createMemoryStore, until } from '../support/ingest.ts'
import { isKafkaSkipped } from '../support/kafka.ts'
import { KafkaBed, metricOf, numbered, pathsOf } from '../support/kafka-bed.ts'

const PARTITIONS = 4
const require = createRequire(import.meta.url)

let bed: KafkaBed

interface SubscriptionState {
  active(): { topic: string; partitions: number[] }[]
}

/**
 * Lets the consumers of now leave partition 0 out of their fetches, as kafkajs does when it falls silent:
 * it goes on with its heartbeats and with the other partitions. Those that are built later are well.
 */
function breakFetching(): () => void {
  const { prototype } = require('kafkajs/src/consumer/subscriptionState') as {
    prototype: SubscriptionState
  }
  const { active } = prototype
  const broken = new WeakSet<object>()
  let isBreaking = true
  setTimeout(() => {
    isBreaking = false
  }, 500)
  prototype.active = function withoutFirst(this: SubscriptionState) {
    if (isBreaking) broken.add(this)
    const found = active.call(this)
    if (!broken.has(this)) return found
    return found.map(({ topic, partitions }) => ({
      topic,
      partitions: partitions.filter(partition => partition !== 0),
    }))
  }
  return () => {
    prototype.active = active
  }
}

describe.skipIf(isKafkaSkipped)('what the brokers have, and what is read', () => {
  beforeAll(async () => {
    bed = await KafkaBed.open()
  })

  afterEach(() => bed.stopSources())

  afterAll(() => bed?.close())

  async function reading(changes: Parameters<KafkaBed['consume']>[2] = {}) {
    const topic = await bed.newTopic(PARTITIONS)
    const store = createMemoryStore()
    const member = await bed.consume([topic], store, changes)
    await bed.produce(topic, numbered(0, 40))
    const stored = () => pathsOf(store, topic, 8)
    await until(() => stored().length === 40, 20_000)
    return { topic, store, member, stored }
  }

  test('a partition that stands still though it has more makes the consumer be built anew', async () => {
    const { topic, member, stored } = await reading({ stallMs: 1_500 })
    const mend = breakFetching()
    try {
      await new Promise(resolve => setTimeout(resolve, 600))
      await bed.produce(topic, numbered(40, 80))
      const lag = () => metricOf(member.metrics.consumerLag, { partition: '0' })
      // Nothing of it was fetched: the broker told.
      await expect.poll(lag, { timeout: 5_000 }).toBe(10)
      await until(() => stored().length === 80, 30_000)
      expect(stored()).toEqual(numbered(0, 80))
      expect(await metricOf(member.metrics.consumerRebuilds, { reason: 'stalled' })).toBe(1)
    } finally {
      mend()
    }
  })

  test('a store that is away is no stall, and neither is a partition that is paused', async () => {
    const { topic, store, member, stored } = await reading({ stallMs: 500 })
    let open: () => void = () => undefined
    store.gate = new Promise(resolve => {
      open = resolve
    })
    await bed.produce(topic, numbered(40, 4_040))
    const lag = () => metricOf(member.metrics.consumerLag)
    await expect.poll(lag, { timeout: 5_000 }).toBe(4_000)
    await new Promise(resolve => setTimeout(resolve, 1_500))
    member.source.pause()
    open()
    await new Promise(resolve => setTimeout(resolve, 1_500))
    await bed.produce(topic, numbered(4_040, 4_080))
    await expect.poll(lag, { timeout: 5_000 }).toBeGreaterThanOrEqual(40)
    member.source.resume()
    await until(() => stored().length === 4_080, 20_000)
    await expect.poll(lag, { timeout: 5_000 }).toBe(0)
    expect(await metricOf(member.metrics.consumerRebuilds)).toBe(0)
  })

  test('markers of transactions are no records: nothing lags, nothing stalls', async () => {
    const { topic, member, stored } = await reading({ stallMs: 500 })
    const producer = bed.kafka.producer({
      ...{ transactionalId: topic, idempotent: true, maxInFlightRequests: 1 },
    })
    await producer.connect()
    for (const isCommitted of [true, false, true, false]) {
      const transaction = await producer.transaction()
      const path = isCommitted ? '/committed' : '/aborted'
      await transaction.send({
        topic,
        messages: [{ value: JSON.stringify({ path }), partition: 0 }],
      })
      await (isCommitted ? transaction.commit() : transaction.abort())
    }
    await producer.disconnect()
    await until(() => stored().length === 42, 20_000)
    expect(stored()).not.toContain('/aborted')
    const lag = () => metricOf(member.metrics.consumerLag, { partition: '0' })
    await expect.poll(lag, { timeout: 5_000 }).toBe(0)
    await new Promise(resolve => setTimeout(resolve, 1_500))
    expect(await metricOf(member.metrics.consumerRebuilds)).toBe(0)
  })

  test('records that were deleted before they were read are told, and reading goes on behind them', async () => {
    const { topic, member, stored } = await reading()
    member.source.pause()
    await bed.produce(topic, numbered(40, 440))
    await bed.admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: '60' }] })
    member.source.resume()
    await until(() => stored().length === 390, 20_000)
    expect(await metricOf(member.metrics.recordsLost, { partition: '0' })).toBe(50)
    expect(await metricOf(member.metrics.recordsLost)).toBe(50)
    const told = member.health.list().find(({ name }) => name === 'kafka retention')
    expect(told?.detail).toContain('50 of')
    expect(member.health.isReady).toBe(true)
  })

  test('partitions that are added are read from their first record on, whatever `startAt` is', async () => {
    const topic = await bed.newTopic(PARTITIONS)
    const store = createMemoryStore()
    const member = await bed.consume([topic], store, { startAt: 'latest', metadataMs: 500 })
    await until(() => member.open().length === PARTITIONS, 20_000)
    await bed.admin.createPartitions({ topicPartitions: [{ topic, count: 6 }] })
    await bed.newTopic(6, topic) // waits for their leaders
    await new Promise(resolve => setTimeout(resolve, 1_100)) // and the producer asks again
    await bed.produce(topic, numbered(0, 60), { partitions: [4, 5] })
    await until(() => pathsOf(store, topic, 6).length === 60, 20_000)
    expect(pathsOf(store, topic, 6)).toEqual(numbered(0, 60))
  })

  test.each(['below', 'beyond'])(
    'a topic that is made anew while it is read, and reaches %s what is stored, is refused',
    async where => {
      const { topic, member, stored } = await reading()
      await expect
        .poll(async () => {
          const groupId = member.settings.groupId
          const [offsets] = await bed.admin.fetchOffsets({ groupId, topics: [topic] })
          return offsets?.partitions.map(({ offset }) => offset)
        })
        .toEqual(['10', '10', '10', '10'])
      await bed.deleteTopic(topic)
      await bed.newTopic(PARTITIONS, topic)
      const paths = numbered(5_000, where === 'below' ? 5_004 : 5_400)
      await expect
        .poll(
          () =>
            bed.produce(topic, paths).then(
              () => true,
              () => false,
            ),
          { timeout: 20_000 },
        )
        .toBe(true)
      await until(() => / is stored/.test(member.detail()), 30_000)
      expect(member.health.isReady).toBe(false)
      // What was read in the moment before it was seen is stored as the offsets say, a flush later; and no more.
      await new Promise(resolve => setTimeout(resolve, 500))
      const atFirst = stored()
      expect(atFirst).toEqual(expect.arrayContaining(numbered(0, 40)))
      if (where === 'below') expect(atFirst).toHaveLength(40)
      await bed.produce(topic, numbered(6_000, 6_040))
      await new Promise(resolve => setTimeout(resolve, 1_000))
      expect(stored()).toEqual(atFirst)
      expect(member.health.isReady).toBe(false)
    },
  )
})
