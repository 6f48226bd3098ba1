import type { Kafka, Producer } from 'kafkajs'
import { PipelineError } from '../../domain/pipeline-error.ts'
import type { Logger } from '../../telemetry/logger.ts'
import { clientConfig } from '../kafka-client.ts'
import { loadKafkajs } from '../kafka-patches/load-kafkajs.ts'
import type { KafkaSettings } from '../kafka-settings.ts'
import type { RelayMessage } from './relay-batch.ts'
import type { EventSender } from './relay-writer.ts'
import type { RelaySettings } from './settings.ts'

/** Acknowledged by every replica that is in sync: the commit of the first hop rests on it. */
const ALL_REPLICAS = -1

/** Names of the codecs in kafkajs. */
const codecs = { none: 'None', gzip: 'GZIP', snappy: 'Snappy', lz4: 'LZ4', zstd: 'ZSTD' } as const

/**
 * Writes requests to the internal topic, through a producer that is made anew after each failure. Not
 * idempotent: what is there twice is dropped behind it, and the idempotent producer of kafkajs takes a
 * sequence number back when an answer is lost, by which the broker may take other events for known ones.
 */
export function createEventProducer(deps: {
  readonly kafka: KafkaSettings
  readonly relay: RelaySettings
  readonly log: Logger
}): EventSender {
  const { relay, log } = deps
  let connected: Promise<Producer> | undefined

  const connect = async () => {
    const { Kafka, Partitioners } = await loadKafkajs(deps.kafka)
    const kafka: Kafka = new Kafka(clientConfig(deps.kafka, log))
    const producer = kafka.producer({
      createPartitioner: Partitioners.DefaultPartitioner, // each message names its partition
      allowAutoTopicCreation: false,
      maxInFlightRequests: 1,
      retry: { retries: 3 },
    })
    await producer.connect()
    return producer
  }

  const disconnect = async () => {
    const producer = connected
    connected = undefined
    await producer?.then(
      open => open.disconnect(),
      () => undefined,
    )
  }

  return {
    async send(request) {
      try {
        connected ??= connect()
        const { CompressionTypes } = await loadKafkajs(deps.kafka)
        const producer = await connected
        const acknowledged = await producer.send({
          topic: relay.topic,
          acks: ALL_REPLICAS,
          compression: CompressionTypes[codecs[relay.compression]],
          messages: [...request].flatMap(([partition, messages]) =>
            messages.map(({ key, value }: RelayMessage) => ({ key, value, partition })),
          ),
        })
        requireAll(request.keys(), new Set(acknowledged.map(({ partition }) => partition)))
      } catch (error) {
        void disconnect().catch(() => undefined)
        throw error
      }
    },
    close: disconnect,
  }
}

/**
 * kafkajs may resolve without having sent a part: after a first attempt that failed for some partitions only,
 * it leaves out a broker that has answered, also when that one leads one of them by now.
 *
 * @throws PipelineError source_unavailable
 */
function requireAll(sent: Iterable<number>, acknowledged: ReadonlySet<number>): void {
  for (const partition of sent) {
    if (acknowledged.has(partition)) continue
    throw new PipelineError('source_unavailable', `partition ${partition} was not acknowledged`)
  }
}
