import { type Static, Type } from 'typebox'
import { KafkaSettings } from './kafka-settings.ts'
import { RelaySettings } from './relay/settings.ts'

const MIB = 1_048_576

const HttpSettings = Type.Object(
  {
    instance: Type.String({
      default: 'main',
      pattern: '^[A-Za-z0-9._-]{1,100}$',
      description:
        'Name of this process as an HTTP source: its events are stored as source `http.<instance>`. ' +
        'Two processes must never share one.',
    }),
    flushMs: Type.Integer({
      default: 30,
      minimum: 1,
      maximum: 10_000,
      description:
        'Longest wait for further requests before the events of a request are stored, ms.',
    }),
    bodyBytesMax: Type.Integer({
      default: 8 * MIB,
      minimum: 1_024,
      maximum: 256 * MIB,
      description: 'Largest body as sent, bytes.',
    }),
    decompressedBytesMax: Type.Integer({
      default: 32 * MIB,
      minimum: 1_024,
      maximum: 512 * MIB,
      description: 'Largest body after decompression, bytes.',
    }),
    decompressionRatioMax: Type.Integer({
      default: 200,
      minimum: 2,
      maximum: 1_100,
      description:
        'Largest ratio of decompressed to compressed bytes, above a first MiB. Logs reach about 50.',
    }),
    recordBytesMax: Type.Integer({
      default: 256 * 1_024,
      minimum: 256,
      maximum: 16 * MIB,
      description: 'Longest line or array element, bytes; a longer one is rejected alone.',
    }),
    recordsMax: Type.Integer({
      default: 20_000,
      minimum: 1,
      maximum: 200_000,
      description: 'Most records in one request: they are stored as one insert.',
    }),
    requestsMax: Type.Integer({
      default: 256,
      minimum: 1,
      maximum: 100_000,
      description: 'Most requests that wait to be stored; further ones are answered 503.',
    }),
    bufferedRecordsMax: Type.Integer({
      default: 100_000,
      minimum: 1,
      maximum: 1_000_000,
      description:
        'Most records of requests that wait to be stored; further ones are answered 503.',
    }),
    bufferedBytesMax: Type.Integer({
      default: 128 * MIB,
      minimum: 1_024,
      maximum: 4_096 * MIB,
      description: 'Most bytes of requests that wait to be stored; further ones are answered 503.',
    }),
    storeWaitMs: Type.Integer({
      default: 10_000,
      minimum: 100,
      maximum: 300_000,
      description: 'Longest that a request waits to be stored before it is answered 503, ms.',
    }),
    retryAfterSeconds: Type.Integer({
      default: 5,
      minimum: 1,
      maximum: 3_600,
      description: 'When a client that was answered 503 should try again, seconds.',
    }),
    recordsPerSecondMax: Type.Integer({
      default: 0,
      minimum: 0,
      maximum: 10_000_000,
      description:
        'Records per second that one source may send, two seconds at once; 0 for no limit.',
    }),
    errorsMax: Type.Integer({
      default: 1_000,
      minimum: 1,
      maximum: 200_000,
      description:
        'Most rejected records that a reply lists one by one; `rejected` counts them all.',
    }),
    rememberedKeysMax: Type.Integer({
      default: 100_000,
      minimum: 1,
      maximum: 10_000_000,
      description: 'Most idempotency keys held in memory; older ones are looked up in the store.',
    }),
  },
  { description: 'Access events by HTTP.' },
)
export type HttpSettings = Static<typeof HttpSettings>

/** How records come in, and how many may wait in memory. */
export const IngestSettings = Type.Object(
  {
    batchRowsMax: Type.Integer({
      default: 50_000,
      minimum: 1,
      maximum: 200_000,
      description:
        'Rows in one insert. Below 10,000 the rollups cost about twice as much per event. ' +
        'At most two such batches per stream are in memory: one being stored, one being filled.',
    }),
    batchBytesMax: Type.Integer({
      default: 64 * MIB,
      minimum: 65_536,
      maximum: 1_024 * MIB,
      description: 'Bytes of source records in one insert.',
    }),
    bufferedBytesMax: Type.Integer({
      default: 512 * MIB,
      minimum: 1_048_576,
      maximum: 65_536 * MIB,
      description:
        'Bytes of source records that wait in memory over all streams, in events two to three times as ' +
        'large. With many partitions it makes the inserts of each smaller.',
    }),
    flushMs: Type.Integer({
      default: 3_000,
      minimum: 1,
      maximum: 60_000,
      description:
        'Longest that an event from Kafka waits for its batch to fill, ms. Alerts do not wait for it.',
    }),
    alertFlushMs: Type.Integer({
      default: 100,
      minimum: 0,
      maximum: 60_000,
      description:
        'The same once an alert has been raised in the batch, ms: it is told when its events are stored.',
    }),
    drainMs: Type.Integer({
      default: 2_000,
      minimum: 0,
      maximum: 600_000,
      description:
        'Longest that a stop waits for events and baselines to be stored, ms; it ends within this and eight ' +
        'seconds more. What takes longer is scored again at the next start. 100,000 tokens need some 10 seconds.',
    }),
    http: HttpSettings,
    kafka: KafkaSettings,
    relay: RelaySettings,
  },
  { description: 'Ingestion of access logs.' },
)
export type IngestSettings = Static<typeof IngestSettings>
