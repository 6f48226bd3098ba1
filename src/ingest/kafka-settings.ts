import { type Static, Type } from 'typebox'

const MIB = 1_048_576

const SaslSettings = Type.Object(
  {
    mechanism: Type.Union(
      [
        Type.Literal('none'),
        Type.Literal('plain'),
        Type.Literal('scram-sha-256'),
        Type.Literal('scram-sha-512'),
      ],
      { default: 'none', description: 'How to log in to the brokers.' },
    ),
    username: Type.String({ default: '', description: 'Name to log in with.' }),
    password: Type.String({ default: '', secret: true, description: 'Password to log in with.' }),
  },
  { description: 'Authentication at the brokers.' },
)

const TlsSettings = Type.Object(
  {
    enabled: Type.Boolean({ default: false, description: 'Connect to the brokers by TLS.' }),
    caFile: Type.String({
      default: '',
      description: 'PEM file of the authority that signed the brokers; empty: the system’s.',
    }),
    certFile: Type.String({ default: '', description: 'PEM file of the client certificate.' }),
    keyFile: Type.String({ default: '', description: 'PEM file of its private key.' }),
  },
  { description: 'Encryption towards the brokers.' },
)

/** One consumer of access logs. */
export const KafkaSettings = Type.Object(
  {
    brokers: Type.Array(Type.String(), {
      default: [],
      description: 'Brokers to start from, `host:port`; empty: no Kafka.',
    }),
    topics: Type.Array(Type.String({ minLength: 1, maxLength: 200 }), {
      default: [],
      description: 'Topics with access logs.',
    }),
    groupId: Type.String({
      default: 'tokenwatch',
      minLength: 1,
      description: 'Consumer group; processes that share it share the partitions.',
    }),
    clientId: Type.String({
      default: 'tokenwatch',
      description: 'Name in the logs of the brokers.',
    }),
    startAt: Type.Union([Type.Literal('earliest'), Type.Literal('latest')], {
      default: 'earliest',
      description: 'Where to begin in a partition of which nothing is stored yet.',
    }),
    sasl: SaslSettings,
    tls: TlsSettings,
    fetchBytesMax: Type.Integer({
      default: 4 * MIB,
      minimum: 65_536,
      maximum: 64 * MIB,
      description: 'Most bytes of one fetch. Above 4 MiB the cost per record rises.',
    }),
    fetchPartitionBytesMax: Type.Integer({
      default: MIB,
      minimum: 65_536,
      maximum: 64 * MIB,
      description: 'Most bytes of one partition in a fetch; a larger record still arrives.',
    }),
    fetchBytesMin: Type.Integer({
      default: 65_536,
      minimum: 1,
      maximum: 16 * MIB,
      description: 'Bytes that a broker collects before it answers a fetch.',
    }),
    fetchWaitMs: Type.Integer({
      default: 200,
      minimum: 5,
      maximum: 10_000,
      description: 'Longest that a broker waits for them, ms: part of the alert’s delay.',
    }),
    partitionsAtOnce: Type.Integer({
      default: 8,
      minimum: 1,
      maximum: 256,
      description: 'Partitions worked on at once: a full buffer holds up only its own.',
    }),
    sessionTimeoutMs: Type.Integer({
      default: 30_000,
      minimum: 6_000,
      maximum: 1_800_000,
      description: 'Silence after which the group gives the partitions of a process away, ms.',
    }),
    heartbeatMs: Type.Integer({
      default: 3_000,
      minimum: 500,
      maximum: 60_000,
      description: 'Time between signs of life, ms; at most a third of the session time-out.',
    }),
    commitMs: Type.Integer({
      default: 5_000,
      minimum: 100,
      maximum: 600_000,
      description:
        'Time between commits, ms. They serve lag displays only, the store knows where to go on; but for the first hop ' +
        'of ingest.relay, which goes on at them.',
    }),
    rebuildMsMax: Type.Integer({
      default: 30_000,
      minimum: 100,
      maximum: 600_000,
      description: 'Longest wait between attempts to connect or to rebuild a crashed consumer, ms.',
    }),
    metadataMs: Type.Integer({
      default: 60_000,
      minimum: 500,
      maximum: 3_600_000,
      description: 'Time after which the brokers are asked again which partitions there are, ms.',
    }),
    stallMs: Type.Integer({
      default: 60_000,
      minimum: 0,
      maximum: 3_600_000,
      description:
        'Time without progress in a partition that has more records, and room for them, after which the ' +
        'consumer is built anew, ms; 0: never.',
    }),
    recordTries: Type.Integer({
      default: 3,
      minimum: 1,
      maximum: 100,
      description: 'Times that a record may fail before it becomes a dead letter.',
    }),
    deadLetterTopic: Type.String({
      default: '',
      maxLength: 249,
      description:
        'Topic to which dead letters are written besides the store; it must exist. Empty: none.',
    }),
    isAssignmentSticky: Type.Boolean({
      default: true,
      description:
        'Move as few partitions as possible when a process comes or goes; kafkajs moves nearly all.',
    }),
    isFlushedBeforeJoin: Type.Boolean({
      default: true,
      description: 'Store what is buffered before the partitions are shared out anew.',
    }),
    isRangeHandled: Type.Boolean({
      default: true,
      description:
        'Tell of records that were deleted before they were read; kafkajs skips them in silence.',
    }),
    isFastDecoderOn: Type.Boolean({
      default: true,
      description:
        'Use tokenwatch’s record decoder instead of the one of kafkajs, five times as fast.',
    }),
    isIdleLoopFixed: Type.Boolean({
      default: true,
      description: 'Stop kafkajs from waking up every millisecond on idle connections.',
    }),
  },
  { description: 'Access events from Kafka.' },
)
export type KafkaSettings = Static<typeof KafkaSettings>
