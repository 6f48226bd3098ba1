import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { RecordBatch } from '../../src/ingest/log-source.ts'
import { createMemoryStore, until } from '../support/ingest.ts'
import { isKafkaSkipped } from '../support/kafka.ts'
import { KafkaBed, metricOf, numbered, pathsOf, withBatch } from '../support/kafka-bed.ts'

const PARTITIONS = 4
const isBrokerGiven = (process.env['KAFKA_BROKERS'] ?? '') !== ''

let bed: KafkaBed

describe.skipIf(isKafkaSkipped)('records that cannot be processed', () => {
  beforeAll(async () => {
    bed = await KafkaBed.open()
  })

  afterEach(() => bed.stopSources())

  afterAll(() => bed?.close())

  /** A consumer whose handler fails on records with this text, as long as they are not refused. */
  async function consumeFailing(topic: string, text: string, failures: number) {
    const tries: number[] = []
    const has = ({ content }: RecordBatch['records'][number]) =>
      !('refused' in content) && content.includes(text)
    const store = createMemoryStore()
    const member = await bed.consume([topic], store, { recordTries: 3 }, {}, handler =>
      withBatch(handler, async batch => {
        const at = batch.records.findIndex(has)
        if (at < 0 || tries.length >= failures) return handler.batch(batch)
        tries.push(batch.records.length)
        await handler.batch({ ...batch, records: batch.records.slice(0, at) })
        throw new TypeError('no such thing')
      }),
    )
    return { member, store, tries }
  }

  test('one that fails on and on is one dead letter, and all others are stored once', async () => {
    const topic = await bed.newTopic(PARTITIONS)
    await bed.produce(topic, numbered(0, 400))
    const { member, store, tries } = await consumeFailing(topic, '"/00201"', Infinity)
    await until(() => pathsOf(store, topic).length === 399 && member.letters.length === 1, 20_000)
    expect(pathsOf(store, topic)).toEqual(numbered(0, 400).filter(path => path !== '/00201'))
    const position = { source: topic, partition: 1, offset: 50 }
    expect(member.letters).toMatchObject([{ ...position, reason: 'unprocessable', keys: [] }])
    // In a batch, then alone.
    expect(tries.slice(-3)).toEqual([1, 1, 1])
    expect(tries).toHaveLength(4)
    expect(await metricOf(member.metrics.rejects, { reason: 'unprocessable' })).toBe(1)
    expect(await metricOf(member.metrics.consumerRebuilds)).toBe(0)
  })

  test('one that fails twice is stored', async () => {
    const topic = await bed.newTopic(PARTITIONS)
    await bed.produce(topic, numbered(0, 40))
    const { member, store, tries } = await consumeFailing(topic, '"/00021"', 2)
    await until(() => pathsOf(store, topic).length === 40, 20_000)
    expect(tries).toHaveLength(2)
    expect(member.letters).toEqual([])
  })

  test.skipIf(isBrokerGiven)(
    'records whose codec this Node does not have are dead letters, each; else they are stored',
    async () => {
      const { zstdDecompressSync } = await import('node:zlib').then(
        zlib => zlib as { zstdDecompressSync?: unknown },
      )
      const topic = await bed.newTopic(1)
      const lines = Array.from({ length: 50 }, () => JSON.stringify({ path: '/zstd' }))
      await bed.broker.own?.produceByJava(topic, 'zstd', lines)
      await bed.produce(topic, ['/plain'], { partitions: [0] })
      const store = createMemoryStore()
      const member = await bed.consume([topic], store)
      await until(() => pathsOf(store, topic).includes('/plain'), 20_000)
      if (zstdDecompressSync === undefined) {
        await until(() => member.letters.length === 50)
        expect(member.letters.map(({ offset }) => offset)).toEqual(lines.map((_, offset) => offset))
        expect(new Set(member.letters.map(({ reason }) => reason))).toEqual(
          new Set(['missing_codec']),
        )
      } else {
        await until(() => pathsOf(store, topic).length === 51)
        expect(member.letters).toEqual([])
      }
      expect(await metricOf(member.metrics.consumerRebuilds)).toBe(0)
    },
  )
})
