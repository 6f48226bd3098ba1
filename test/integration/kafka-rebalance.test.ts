import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { createMemoryStore, until } from '../support/ingest.ts'
import { isKafkaSkipped } from '../support/kafka.ts'
import { KafkaBed, type KafkaMember, numbered, pathsOf } from '../support/kafka-bed.ts'

const PARTITIONS = 12
const everywhere = { partitions: Array.from({ length: PARTITIONS }, (_, partition) => partition) }

let bed: KafkaBed

/** Waits until the members share all partitions out, and tells who has which. */
async function settled(members: readonly KafkaMember[]) {
  const all = () => members.flatMap(member => member.open())
  const isEven = () => {
    const sizes = members.map(member => member.open().length)
    return Math.max(...sizes) - Math.min(...sizes) <= 1
  }
  await until(
    () => all().length === PARTITIONS && new Set(all()).size === PARTITIONS && isEven(),
    40_000,
  )
  return new Map(members.flatMap(member => member.open().map(partition => [partition, member])))
}

/** Partitions that have another owner. */
const moved = (before: Map<number, KafkaMember>, now: Map<number, KafkaMember>) =>
  [...now].filter(([partition, member]) => before.get(partition) !== member).length

describe.skipIf(isKafkaSkipped)('a group of several processes', () => {
  beforeAll(async () => {
    bed = await KafkaBed.open()
  })

  afterEach(() => bed.stopSources())

  afterAll(() => bed?.close())

  test('from two to three and back, no more partitions move than have to', async () => {
    const topic = await bed.newTopic(PARTITIONS)
    const store = createMemoryStore()
    const first = await bed.consume([topic], store)
    const second = await bed.consume([topic], store)
    const two = await settled([first, second])
    const third = await bed.consume([topic], store)
    const three = await settled([first, second, third])
    expect(moved(two, three)).toBe(4)
    await third.source.stop()
    const again = await settled([first, second])
    expect(moved(three, again)).toBe(4)
    await bed.produce(topic, numbered(0, 120), everywhere)
    await until(() => pathsOf(store, topic, PARTITIONS).length === 120, 20_000)
  })

  test('a member of before the sticky assigner works along', async () => {
    const topic = await bed.newTopic(PARTITIONS)
    const store = createMemoryStore()
    const first = await bed.consume([topic], store)
    await settled([first])
    const old = await bed.consume([topic], store, { isAssignmentSticky: false })
    await settled([first, old])
    await bed.produce(topic, numbered(0, 120), everywhere)
    await until(() => pathsOf(store, topic, PARTITIONS).length === 120, 20_000)
    // When the last of them has gone, it is sticky again.
    await old.source.stop()
    const one = await settled([first])
    const second = await bed.consume([topic], store)
    expect(moved(one, await settled([first, second]))).toBe(PARTITIONS / 2)
  })

  test('a partition that stays is not opened again, and read on where it was', async () => {
    const topic = await bed.newTopic(PARTITIONS)
    const store = createMemoryStore()
    const opened = countOpens(store)
    const first = await bed.consume([topic], store)
    await settled([first])
    await bed.produce(topic, numbered(0, 120), everywhere)
    await until(() => pathsOf(store, topic, PARTITIONS).length === 120, 20_000)
    const second = await bed.consume([topic], store)
    await settled([first, second])
    await bed.produce(topic, numbered(120, 240), everywhere)
    await until(() => pathsOf(store, topic, PARTITIONS).length === 240, 20_000)
    expect(opened()).toBe(PARTITIONS + PARTITIONS / 2)
    const read = async ({ metrics }: KafkaMember) =>
      (await metrics.recordsRead.get()).values.reduce((sum, { value }) => sum + value, 0)
    // Nothing was handed over twice: what moved was stored before, what stays was not read again.
    expect((await read(first)) + (await read(second))).toBe(240)
  })

  test('what is buffered is stored before a partition has its new owner', async () => {
    const topic = await bed.newTopic(PARTITIONS)
    const store = createMemoryStore()
    // A buffer that nothing flushes by itself.
    const first = await bed.consume([topic], store, {}, { batchRowsMax: 10_000, flushMs: 60_000 })
    await settled([first])
    await bed.produce(topic, numbered(0, 120), everywhere)
    const buffered = () =>
      first.pipeline.streams().reduce((sum, { bufferedEvents }) => sum + bufferedEvents, 0)
    await until(() => buffered() === 120, 20_000)
    const watermarks: number[] = []
    const { open } = store
    store.open = async (stream, options) => {
      const eventStream = await open(stream, options)
      watermarks.push(eventStream.watermark)
      return eventStream
    }
    // A slow store: whoever joins before it has answered gets what is not stored yet.
    store.gate = new Promise(resolve => setTimeout(resolve, 1_200))
    const second = await bed.consume([topic], store)
    await settled([first, second])
    expect(watermarks).toEqual(Array.from({ length: PARTITIONS / 2 }, () => 9))
  })
})

function countOpens(store: ReturnType<typeof createMemoryStore>) {
  const { open } = store
  let opens = 0
  store.open = (stream, options) => {
    opens += 1
    return open(stream, options)
  }
  return () => opens
}
