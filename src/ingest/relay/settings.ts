import { type Static, Type } from 'typebox'

const MIB = 1_048_576

/** The internal topic between the roles `normalize` and `score`. */
export const RelaySettings = Type.Object(
  {
    topic: Type.String({
      default: '',
      pattern: '^[A-Za-z0-9._-]{0,200}$',
      description:
        'Internal Kafka topic of redacted events keyed by fingerprint, between the roles normalize and score; ' +
        'empty: none. Needed where the gateways’ topics are not keyed by token.',
    }),
    partitions: Type.Integer({
      default: 12,
      minimum: 1,
      maximum: 10_000,
      description:
        'Partitions of the internal topic: what it is made with, and what it must have. See "Topics that are not keyed by token" in ' +
        'docs/operations.md before you change it.',
    }),
    replicas: Type.Integer({
      default: -1,
      minimum: -1,
      maximum: 32,
      description:
        'Copies of each partition when the topic is made; -1: what the brokers are set to.',
    }),
    compression: Type.Union(
      [
        Type.Literal('none'),
        Type.Literal('lz4'),
        Type.Literal('snappy'),
        Type.Literal('gzip'),
        Type.Literal('zstd'),
      ],
      { default: 'lz4', description: 'How events are packed for the internal topic.' },
    ),
    batchEventsMax: Type.Integer({
      default: 10_000,
      minimum: 1,
      maximum: 200_000,
      description:
        'Events and dead letters that are sent together. Two such batches are in memory: one being sent, ' +
        'one being filled; while both are full, reading waits.',
    }),
    batchBytesMax: Type.Integer({
      default: 8 * MIB,
      minimum: 65_536,
      maximum: 256 * MIB,
      description: 'Bytes of events that are sent together, before they are packed.',
    }),
    requestPartitionBytesMax: Type.Integer({
      default: 524_288,
      minimum: 16_384,
      maximum: 64 * MIB,
      description:
        'Bytes of one partition in one request, before they are packed; less than max.message.bytes of the topic.',
    }),
    flushMs: Type.Integer({
      default: 20,
      minimum: 0,
      maximum: 10_000,
      description:
        'Longest that an event waits for others to be sent with, ms: part of the alert’s delay.',
    }),
  },
  { description: 'Events from process to process, by an internal topic.' },
)
export type RelaySettings = Static<typeof RelaySettings>
