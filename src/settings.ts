import { type Static, Type } from 'typebox'
import { AlertSettings } from './alert/settings.ts'
import { ApiSettings } from './api/settings.ts'
import { IngestSettings } from './ingest/settings.ts'
import { JobSettings } from './jobs/settings.ts'
import { NormalizeSettings } from './normalize/settings.ts'
import { RespondSettings } from './respond/settings.ts'
import { ScoreSettings } from './score/settings.ts'
import { StoreSettings } from './store/settings.ts'

const IdentitySettings = Type.Object(
  {
    fingerprintKey: Type.String({
      default: '',
      secret: true,
      description:
        'Secret key of all fingerprints, hex or base64, at least 16 bytes. Empty: one is made in the data folder. ' +
        'All processes of a deployment need the same.',
    }),
    registryFile: Type.String({
      default: '',
      description:
        'Token registry, NDJSON: what you know of your tokens (owner, tenant, expiry, protected, honeytoken).',
    }),
  },
  { description: 'Which credential is this?' },
)

/** All settings of `tokenwatch serve`; each stage declares its own section. */
export const Settings = Type.Object({
  role: Type.Enum(['all', 'normalize', 'score'], {
    default: 'all',
    description:
      'What this process does: normalize reads the gateways’ topics and writes redacted events to the internal ' +
      'topic (ingest.relay), score reads that one and does the rest, all does both.',
  }),
  dataDir: Type.String({
    default: 'tokenwatch-data',
    description: 'Folder of everything that this process keeps on disk.',
  }),
  processes: Type.Integer({
    default: 0,
    minimum: 0,
    maximum: 64,
    description:
      'Processes on this machine that share the partitions of the topics, this one included; 0: as many as suit its cores.',
  }),
  log: Type.Object(
    {
      level: Type.Enum(['trace', 'debug', 'info', 'warn', 'error', 'silent'], {
        default: 'info',
        description: 'Least severe line that is written.',
      }),
    },
    { description: 'The structured log on standard error.' },
  ),
  identity: IdentitySettings,
  api: ApiSettings,
  ingest: IngestSettings,
  normalize: NormalizeSettings,
  score: ScoreSettings,
  store: StoreSettings,
  alert: AlertSettings,
  respond: RespondSettings,
  jobs: JobSettings,
})
export type Settings = Static<typeof Settings>

/** Names of the environment that other software uses, and the setting each one means. */
export const environmentAliases: Readonly<Record<string, string>> = {
  CLICKHOUSE_URL: 'store.url',
  CLICKHOUSE_USER: 'store.user',
  CLICKHOUSE_PASSWORD: 'store.password',
  CLICKHOUSE_DATABASE: 'store.database',
  KAFKA_BROKERS: 'ingest.kafka.brokers',
  KAFKA_TOPICS: 'ingest.kafka.topics',
  KAFKA_GROUP_ID: 'ingest.kafka.groupId',
}
