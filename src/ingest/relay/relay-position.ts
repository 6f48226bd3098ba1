import type { Admin, Kafka } from 'kafkajs'
import { PipelineError } from '../../domain/pipeline-error.ts'
import type { Stream } from '../../domain/source-position.ts'
import { oneAtATime } from '../../lib/one-at-a-time.ts'
import type { Logger } from '../../telemetry/logger.ts'
import { clientConfig } from '../kafka-client.ts'
import { loadKafkajs } from '../kafka-patches/load-kafkajs.ts'
import type { KafkaSettings } from '../kafka-settings.ts'
import { streamKey } from '../log-source.ts'

/** What decides where the relay reads on in a stream of the gateways. */
export interface RelayStart {
  /** What the group has committed: the next offset to read, -1 for nothing. */
  readonly committed: number
  /** The oldest record that Kafka has, and the one that comes next. */
  readonly begin: number
  readonly end: number
  /** Highest stored offset of events that were read from the stream directly, -1 for none. */
  readonly direct: number
  /** Highest stored offset of events that were relayed, -1 for none. */
  readonly relayed: number
  readonly startAt: 'earliest' | 'latest'
}

/**
 * The offset to read next. A commit of the group decides: everything below it is acknowledged. Without one,
 * for instance the first time, everything that Kafka has is read; but not what was stored before there was
 * an internal topic. What was relayed before is dropped behind it.
 *
 * @throws PipelineError source_reset when the stream ends before what is stored of it: it was made anew,
 *   and its records would be taken for those that are stored
 */
export function relayStart(stream: Stream, start: RelayStart): number {
  const { committed, begin, end, direct, relayed, startAt } = start
  if (committed >= 0) return committed
  const stored = Math.max(direct, relayed)
  if (stored >= end) {
    const message = `${streamKey(stream)} ends at offset ${end - 1}, and ${stored} is stored`
    throw new PipelineError('source_reset', message)
  }
  if (stored < 0 && startAt === 'latest') return end
  return Math.max(begin, direct + 1)
}

/** Tells for each stream where the relay reads on. */
export interface RelayPositions {
  /** @throws PipelineError as `relayStart` and the store do; Error of kafkajs */
  nextOffset(stream: Stream): Promise<number>
}

/** @param deps.kafka - with the group of the relay */
export function createRelayPositions(deps: {
  readonly kafka: KafkaSettings
  readonly log: Logger
  /** How far a stream is stored, for a group that has committed nothing of it. */
  storedOffsets(stream: Stream): Promise<Pick<RelayStart, 'direct' | 'relayed'>>
}): RelayPositions {
  const { kafka, log, storedOffsets } = deps
  // A rebalance may assign hundreds at once: one connection after the other.
  const inTurn = oneAtATime()
  return {
    nextOffset: stream =>
      inTurn(async () => {
        const { Kafka } = await loadKafkajs(kafka)
        const client: Kafka = new Kafka(clientConfig(kafka, log))
        const admin = client.admin()
        try {
          await admin.connect()
          const known = await readGroupPosition(admin, kafka.groupId, stream)
          const stored =
            known.committed >= 0 ? { direct: -1, relayed: -1 } : await storedOffsets(stream)
          const next = relayStart(stream, { ...known, ...stored, startAt: kafka.startAt })
          log.info({ ...stream, ...known, ...stored, next }, 'Relay reads on.')
          return next
        } finally {
          await admin.disconnect()
        }
      }),
  }
}

/**
 * Asks Kafka where the group stands in a partition, and where the partition begins and ends.
 *
 * @throws PipelineError source_unavailable when it is not there; Error of kafkajs
 */
async function readGroupPosition(
  admin: Admin,
  groupId: string,
  { source, partition }: Stream,
): Promise<Pick<RelayStart, 'committed' | 'begin' | 'end'>> {
  const [ofGroup] = await admin.fetchOffsets({ groupId, topics: [source] })
  const ofTopic = await admin.fetchTopicOffsets(source)
  const range = ofTopic.find(known => known.partition === partition)
  if (range === undefined)
    throw new PipelineError('source_unavailable', 'the partition is not there')
  const commit = ofGroup?.partitions.find(known => known.partition === partition)
  return {
    committed: Number(commit?.offset ?? -1),
    begin: Number(range.low),
    end: Number(range.high),
  }
}
