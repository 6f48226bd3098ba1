import type { Shared } from './app-parts.ts'
import { isRelayed } from './app-roles.ts'
import type { Stream } from './domain/source-position.ts'
import type { KafkaSettings } from './ingest/kafka-settings.ts'
import { createKafkaSource } from './ingest/kafka-source.ts'
import type { LogSource, StreamHandler } from './ingest/log-source.ts'
import type { RecordNormalizer } from './ingest/prepare-batch.ts'
import { createEventProducer } from './ingest/relay/event-producer.ts'
import { refuseRelayed } from './ingest/relay/refuse-relayed.ts'
import { Relay } from './ingest/relay/relay.ts'
import { createRelayPositions } from './ingest/relay/relay-position.ts'
import { topicFirst } from './ingest/relay/topic-first.ts'
import type { BatchSinks } from './ingest/stream-writer.ts'
import { readStoredOffsets } from './store/origins.ts'
import type { Store } from './store/store.ts'

interface SourceParts extends Shared {
  readonly store: Store
  readonly deadLetters: BatchSinks['deadLetters']
}

/** A source and whoever takes its records, to be started. */
interface Way {
  start(): Promise<void>
  /** Within some seconds. */
  stop(): Promise<void>
}

/** The way in from Kafka to the pipeline: from the gateways' topics, or from the internal one. */
export function openKafka(parts: SourceParts, pipeline: StreamHandler): Way {
  const { settings, health, log } = parts
  const { kafka, relay, drainMs } = settings.ingest
  if (!isRelayed(settings)) {
    const source = createKafkaSource({ ...parts, drainMs, settings: kafka })
    const relayed = async (stream: Stream) => (await readStoredOffsets(parts.store, stream)).relayed
    const handler = refuseRelayed(pipeline, relayed)
    return { start: () => source.start(handler), stop: () => source.stop() }
  }
  // From the beginning: what a relay wrote before we came is to be scored too.
  const internal: KafkaSettings = { ...kafka, topics: [relay.topic], startAt: 'earliest' }
  const source = topicFirst(createKafkaSource({ ...parts, drainMs, settings: internal }), {
    ...{ kafka, relay, health, log },
    mustFit: false,
  })
  return { start: () => source.start(pipeline), stop: () => source.stop() }
}

/** The first hop: from the gateways' topics to the internal one. */
export function openRelay(parts: SourceParts, normalizer: RecordNormalizer): Way {
  const { settings, store, health, log } = parts
  const { kafka, relay, drainMs } = settings.ingest
  const groupId = `${kafka.groupId}.normalize`
  // Where to begin is what `nextOffset` answers, always.
  const firstHop: KafkaSettings = { ...kafka, groupId, startAt: 'earliest' }
  const positions = createRelayPositions({
    kafka: { ...kafka, groupId },
    log,
    storedOffsets: stream => readStoredOffsets(store, stream),
  })
  const handler = new Relay({
    ...parts,
    settings: relay,
    normalizer,
    sender: createEventProducer({ kafka, relay, log }),
    nextOffset: positions.nextOffset,
  })
  const reader = createKafkaSource({
    ...parts,
    drainMs,
    settings: firstHop,
    name: 'kafka (first hop)',
  })
  const source: LogSource = topicFirst(reader, { kafka, relay, health, log, mustFit: true })
  return {
    start: () => source.start(handler),
    async stop() {
      await source.stop()
      await handler.close()
    },
  }
}
