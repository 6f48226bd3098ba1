import { randomUUID } from 'node:crypto'
import type { Admin, Kafka, Producer } from 'kafkajs'
import { Value } from 'typebox/value'
import { expect } from 'vitest'
import { type Kafkajs, loadKafkajs } from '../../src/ingest/kafka-patches/load-kafkajs.ts'
import { KafkaSettings } from '../../src/ingest/kafka-settings.ts'
import { createKafkaSource } from '../../src/ingest/kafka-source.ts'
import type { LogSource, StreamHandler } from '../../src/ingest/log-source.ts'
import type { SharedLimits } from '../../src/ingest/share-limits.ts'
import { createLogger } from '../../src/telemetry/logger.ts'
import { type createMemoryStore, createTestPipeline } from './ingest.ts'
import { startTestKafka, type TestKafka } from './kafka.ts'

const log = createLogger({ level: process.env['TEST_LOG_LEVEL'] ?? 'silent' })
const patches = { isFastDecoderOn: true, isIdleLoopFixed: true }

export type MemoryStore = ReturnType<typeof createMemoryStore>
export type KafkaMember = Awaited<ReturnType<KafkaBed['consume']>>

/** A broker with clients, and consumer processes on stores in memory. */
export class KafkaBed {
  readonly broker: TestKafka
  readonly kafkajs: Kafkajs
  readonly kafka: Kafka
  readonly admin: Admin
  readonly producer: Producer
  readonly #sources: LogSource[] = []

  private constructor(broker: TestKafka, kafkajs: Kafkajs) {
    this.broker = broker
    this.kafkajs = kafkajs
    this.kafka = new kafkajs.Kafka({
      clientId: 'test',
      brokers: broker.brokers,
      logLevel: kafkajs.logLevel.NOTHING,
      retry: { retries: 20, initialRetryTime: 100, maxRetryTime: 500 },
    })
    this.admin = this.kafka.admin()
    // Idempotent: on a topic that has just been made, attempts fail in part, and what is sent again
    // would be there twice.
    const createPartitioner = kafkajs.Partitioners.DefaultPartitioner
    this.producer = this.kafka.producer({
      ...{ createPartitioner, idempotent: true, maxInFlightRequests: 1, metadataMaxAge: 1_000 },
    })
  }

  static async open(): Promise<KafkaBed> {
    const bed = new KafkaBed(await startTestKafka(), await loadKafkajs(patches))
    await Promise.all([bed.admin.connect(), bed.producer.connect()])
    return bed
  }

  async close() {
    await this.stopSources()
    await Promise.allSettled([this.admin.disconnect(), this.producer.disconnect()])
    await this.broker.stop()
  }

  async stopSources() {
    await Promise.all(this.#sources.splice(0).map(source => source.stop()))
  }

  async newTopic(numPartitions: number, topic = `access-${randomUUID()}`): Promise<string> {
    const wanted = { topic, numPartitions, replicationFactor: 1 }
    // A topic that was deleted a moment ago is there for another one.
    await expect
      .poll(
        async () => {
          await this.admin.createTopics({ topics: [wanted] }).catch(() => false)
          const found = await this.admin
            .fetchTopicMetadata({ topics: [topic] })
            .catch(() => undefined)
          const partitions = found?.topics[0]?.partitions ?? []
          return partitions.filter(({ leader }) => leader >= 0).length
        },
        { timeout: 20_000 },
      )
      .toBe(numPartitions)
    return topic
  }

  async deleteTopic(topic: string) {
    await this.admin.deleteTopics({ topics: [topic] })
    await expect.poll(() => this.admin.listTopics(), { timeout: 10_000 }).not.toContain(topic)
  }

  /** One record a path, over the partitions in turn. */
  async produce(
    topic: string,
    paths: readonly string[],
    options: { readonly compression?: number; readonly partitions?: readonly number[] } = {},
  ) {
    const { compression = 0, partitions = [0, 1, 2, 3] } = options
    await this.producer.send({
      topic,
      compression,
      messages: paths.map((path, n) => ({
        key: n % 3 === 0 ? null : `key-${n}`,
        value: JSON.stringify({ path }),
        partition: partitions[n % partitions.length] ?? 0,
      })),
    })
  }

  /** A consumer process on a store in memory. */
  async consume(
    topics: readonly string[],
    store: MemoryStore,
    changes: Partial<KafkaSettings> = {},
    limits: Partial<SharedLimits> = {},
    wrap: (handler: StreamHandler) => StreamHandler = handler => handler,
  ) {
    const parts = createTestPipeline(store, new Map(), {
      batchRowsMax: 500,
      flushMs: 20,
      ...limits,
    })
    const settings: KafkaSettings = {
      ...Value.Create(KafkaSettings),
      brokers: this.broker.brokers,
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
    const source = createKafkaSource({
      health,
      metrics,
      settings,
      log,
      clock: Date.now,
      drainMs: 2_000,
    })
    this.#sources.push(source)
    await source.start(wrap(pipeline))
    const report = () => health.list().find(({ name }) => name === 'kafka')
    return {
      pipeline,
      scored,
      letters,
      health,
      metrics,
      source,
      settings,
      isHealthy: () => report()?.isHealthy === true,
      detail: () => report()?.detail ?? '',
      /** Partitions that are open here. */
      open: () =>
        pipeline
          .streams()
          .filter(({ isOpen }) => isOpen)
          .map(({ partition }) => partition)
          .sort((a, b) => a - b),
    }
  }
}

/** The handler, with another way to take batches: its methods are those of a class. */
export const withBatch = (
  handler: StreamHandler,
  batch: StreamHandler['batch'],
): StreamHandler => ({
  batch,
  assigned: stream => handler.assigned(stream),
  revoked: stream => handler.revoked(stream),
  isOpen: stream => handler.isOpen(stream),
  flush: stream => handler.flush(stream),
  room: stream => handler.room(stream),
  settled: stream => handler.settled(stream),
})

/** Paths of what is stored, sorted; throws when an event is stored twice. */
export function pathsOf(store: MemoryStore, topic: string, partitions = 4): readonly string[] {
  const events = Array.from({ length: partitions }, (_, partition) =>
    store.of({ source: topic, partition }),
  ).flat()
  const positions = events.map(({ partition, offset, index }) => `${partition}/${offset}/${index}`)
  expect(new Set(positions).size).toBe(positions.length)
  return events.map(({ path }) => path).sort()
}

export const numbered = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, n) => `/${String(from + n).padStart(5, '0')}`)

/** Value of one series of a metric, 0 when it is not there. */
export async function metricOf(
  metric: { get(): Promise<{ values: readonly { value: number; labels: object }[] }> },
  labels: Readonly<Record<string, string>> = {},
): Promise<number> {
  const { values } = await metric.get()
  const wanted = Object.entries(labels)
  const found = values.filter(value =>
    wanted.every(([name, is]) => (value.labels as Record<string, unknown>)[name] === is),
  )
  return found.reduce((sum, { value }) => sum + value, 0)
}
