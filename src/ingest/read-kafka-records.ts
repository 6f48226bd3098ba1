import { randomUUID } from 'node:crypto'
import type { Consumer, EachBatchPayload, Kafka } from 'kafkajs'
import type { Stream } from '../domain/source-position.ts'
import type { Logger } from '../telemetry/logger.ts'
import { deferred } from './deferred.ts'
import { clientConfig, consumerConfig } from './kafka-client.ts'
import { loadKafkajs } from './kafka-patches/load-kafkajs.ts'
import type { KafkaSettings } from './kafka-settings.ts'

/** One record of a topic. */
export interface RecordPosition extends Stream {
  readonly offset: number
}

/** Offsets that are still to be read of a partition, ascending. */
type Wanted = Map<number, number[]>

/** Longest wait for the next record, ms: joining a group of one takes some seconds by itself. */
const SILENCE_MS_MAX = 30_000

/**
 * Reads single records of one topic again, wherever its consumers stand: in a group of its own, which is
 * removed afterward. They come one at a time, by partition and offset.
 *
 * @param take - gets the value of each; undefined where Kafka does not have it any more, or it is undecodable
 * @throws Error of kafkajs when the brokers cannot be reached; when nothing comes for half a minute
 */
export async function readKafkaRecords(options: {
  readonly settings: KafkaSettings
  readonly log: Logger
  readonly topic: string
  readonly positions: readonly RecordPosition[]
  take(position: RecordPosition, content: Buffer | undefined): Promise<void>
}): Promise<void> {
  const { settings, log, topic, positions, take } = options
  const { Kafka } = await loadKafkajs(settings)
  const kafka: Kafka = new Kafka(clientConfig(settings, log))
  const admin = kafka.admin()
  const groupId = `${settings.groupId}-read-${randomUUID()}`
  const consumer = kafka.consumer({ ...consumerConfig(settings), groupId })
  const give = (partition: number, offset: number, content: Buffer | undefined) =>
    take({ source: topic, partition, offset }, content)
  await admin.connect()
  try {
    const offsets = await admin.fetchTopicOffsets(topic)
    const wanted: Wanted = new Map()
    for (const { partition, offset } of positions.toSorted((a, b) => a.offset - b.offset)) {
      const range = offsets.find(known => known.partition === partition)
      const isThere =
        range !== undefined && offset >= Number(range.low) && offset < Number(range.high)
      if (!isThere) await give(partition, offset, undefined)
      else wanted.set(partition, [...(wanted.get(partition) ?? []), offset])
    }
    if (wanted.size === 0) return
    const partitions = offsets.map(({ partition }) => partition)
    await readAll({ consumer, topic, partitions, wanted, give })
  } finally {
    await consumer.disconnect()
    await admin.deleteGroups([groupId]).catch(() => undefined) // there is none before the first join
    await admin.disconnect()
  }
}

async function readAll(options: {
  readonly consumer: Consumer
  readonly topic: string
  readonly partitions: readonly number[]
  readonly wanted: Wanted
  give(partition: number, offset: number, content: Buffer | undefined): Promise<void>
}): Promise<void> {
  const { consumer, topic, partitions, wanted, give } = options
  const end = deferred()
  let silence: NodeJS.Timeout | undefined
  const listen = () => {
    clearTimeout(silence)
    silence = setTimeout(
      () => end.reject(new Error(`no record of ${topic} came for ${SILENCE_MS_MAX / 1_000} s`)),
      SILENCE_MS_MAX,
    )
  }

  /** Where the partition is read on; paused when nothing is left of it. */
  const goOn = (partition: number) => {
    const next = wanted.get(partition)?.[0]
    if (next !== undefined) {
      consumer.seek({ topic, partition, offset: String(next) })
      return
    }
    consumer.pause([{ topic, partitions: [partition] }])
    wanted.delete(partition)
    if (wanted.size === 0) end.resolve()
  }

  const eachBatch = async ({ batch, heartbeat }: EachBatchPayload) => {
    const { partition, messages } = batch
    const left = wanted.get(partition) ?? []
    const last = Number(batch.lastOffset())
    const found = new Map(messages.map(({ offset, value }) => [Number(offset), value]))
    for (let offset = left[0]; offset !== undefined && offset <= last; offset = left[0]) {
      listen()
      // One that compaction has removed is passed over.
      await give(partition, offset, found.get(offset) ?? undefined)
      left.shift()
      await heartbeat()
    }
    goOn(partition)
  }

  await consumer.connect()
  await consumer.subscribe({ topic })
  consumer.on(consumer.events.CRASH, ({ payload }) => end.reject(payload.error))
  consumer.on(consumer.events.GROUP_JOIN, () => {
    const others = partitions.filter(partition => !wanted.has(partition))
    if (others.length > 0) consumer.pause([{ topic, partitions: others }])
  })
  listen()
  await consumer.run({ autoCommit: false, eachBatchAutoResolve: false, eachBatch })
  for (const partition of [...wanted.keys()]) goOn(partition)
  try {
    await end.promise
  } finally {
    clearTimeout(silence)
  }
}
