import { type Static, Type } from 'typebox'

const YEARS_10 = 3_650
const days = (byDefault: number, minimum: number, description: string) =>
  Type.Integer({ default: byDefault, minimum, maximum: YEARS_10, description })

/** How long rows are kept. What has no setting is kept for good, or for as long as the protocol needs it. */
export const RetentionSettings = Type.Object(
  {
    eventsDays: days(
      90,
      2,
      'Access events. Must be more than the source (a Kafka topic) keeps its log: the events tell how far it was read.',
    ),
    rollupsDays: days(
      90,
      2,
      'Traffic of tokens in slots of five minutes: at least as long as events. What is known of a token in all (networks, endpoints, hours, clients) is small and kept for good.',
    ),
    findingsDays: days(400, 30, 'Findings, alerts or not.'),
    incidentsDays: days(
      0,
      0,
      'Steps of incidents since their last change; 0 for good, else at least 30.',
    ),
    actionsDays: days(0, 0, 'Actions and what became of them; 0 for good, else at least 120.'),
    auditDays: days(0, 0, 'Who did what; 0 for good, else at least 30.'),
    deliveriesDays: days(400, 7, 'Attempts to deliver alerts.'),
    deadLettersDays: days(30, 1, 'Records that became no event.'),
  },
  { description: 'How long rows are kept. Applied at start and by `jobs.retention`.' },
)
export type RetentionSettings = Static<typeof RetentionSettings>

/** Where ClickHouse is, and how it is used. */
export const StoreSettings = Type.Object({
  url: Type.String({
    default: '',
    description:
      'HTTP address of a ClickHouse server, for instance http://clickhouse.example.com:8123. Empty starts the embedded one.',
  }),
  user: Type.String({
    default: 'default',
    description:
      'User of an external server. Needs SELECT, INSERT, CREATE, ALTER and DROP on the database, SELECT on system.processes and system.tables, and KILL QUERY.',
  }),
  password: Type.String({
    default: '',
    secret: true,
    description: 'Password of that user. The embedded server makes its own.',
  }),
  database: Type.String({
    default: 'tokenwatch',
    pattern: '^[A-Za-z_][A-Za-z0-9_]{0,62}$',
    description: 'Database that holds all tables: letters, digits and underscores.',
  }),
  connectTimeoutSeconds: Type.Integer({
    default: 60,
    minimum: 1,
    maximum: 3600,
    description: 'How long the start waits for an external server that does not answer yet.',
  }),
  retention: RetentionSettings,
  dataDir: Type.String({
    default: '',
    description:
      'Folder of the embedded server, one process per folder; empty: `clickhouse` in the data folder.',
  }),
  httpPort: Type.Integer({
    default: 0,
    minimum: 0,
    maximum: 65_535,
    description: 'HTTP port of the embedded server on 127.0.0.1; 0 takes a free one.',
  }),
  tcpPort: Type.Integer({
    default: 0,
    minimum: 0,
    maximum: 65_535,
    description:
      'Port for native clients (clickhouse-client, Grafana) of the embedded server on 127.0.0.1; 0 opens none.',
  }),
  fsync: Type.Boolean({
    default: true,
    description: 'Embedded server: acknowledged events survive a power loss, not only a crash.',
  }),
  restartOnExit: Type.Boolean({
    default: true,
    description: 'Start the embedded server again, on the same port, when it ends unexpectedly.',
  }),
  insertTimeoutSeconds: Type.Integer({
    default: 30,
    minimum: 1,
    maximum: 600,
    description:
      'Time after which an insert without an answer counts as lost; it is then looked up, never blindly repeated.',
  }),
  connectionsMax: Type.Integer({
    default: 20,
    minimum: 2,
    maximum: 1000,
    description: 'Open connections for inserts: streams of one process plus two.',
  }),
})
export type StoreSettings = Static<typeof StoreSettings>
