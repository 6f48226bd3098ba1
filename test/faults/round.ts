import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { selectRows } from '../../src/store/rows.ts'
import { eventually } from '../support/clickhouse.ts'
import { aFolder } from '../support/program.ts'
import { startHttpReceiver } from '../support/receivers.ts'
import type { OwnRound } from './fault-kind.ts'
import { startFeed } from './feed.ts'
import type { Input } from './input.ts'
import { type Member, startMember } from './member.ts'
import { clickhouseAnswers, makeTopic, type Site } from './site.ts'
import { REVOKED_FROM, type Receiver } from './told.ts'

export const TOPIC = 'faults.access'

const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`
const policy = `
version: 1
rules:
  - name: stop-thieves
    match: { severityMin: ${REVOKED_FROM.severity}, riskMin: ${REVOKED_FROM.risk} }
    action: revoke
    revoker: webhook
    mode: auto
caps: { actionsPerHour: 1000, actionsPerHourPerTenant: 1000, breakerRequestsPerHour: 1000, breakerFailures: 1000 }
`

/** A round while it runs: the program on an empty database and a new topic. */
export interface OpenRound extends Omit<OwnRound, 'expected'> {
  readonly alerts: Receiver
  readonly revocations: Receiver
  /** SIGTERM to all. @returns what was wrong about their ends */
  stop(): Promise<string[]>
  /** Writes the logs of all processes into a folder. */
  keepLogs(folder: string): void
  close(): Promise<void>
}

export async function openRound(
  site: Site,
  options: {
    readonly database: string
    readonly input: Input
    readonly members: number
    /** Of the topic at its beginning. */
    readonly partitions: number
  },
): Promise<OpenRound> {
  const { database, input } = options
  await clickhouseAnswers(site)
  await site.storeOf('system').admin.command({ query: `DROP DATABASE IF EXISTS ${database} SYNC` })
  await makeTopic(site, TOPIC, options.partitions)
  const [alerts, revocations] = await Promise.all([startHttpReceiver(), startHttpReceiver()])
  let feed = startFeed(site, TOPIC, input)
  // Partitions that are yet to come.
  for (const partition of input.partitions.keys())
    if (partition >= options.partitions) feed.holdBack(partition)
  const environment = settings(site, { database, alerts, revocations })
  const folder = aFolder()
  const members = await Promise.all(
    Array.from({ length: options.members }, (_, at) =>
      startMember(site, { name: `member-${at + 1}`, folder, environment }),
    ),
  )
  const storedEvents = async () => {
    const query = 'SELECT toUInt32(count()) AS events FROM access_events'
    const [row] = await selectRows<{ events: number }>(site.storeOf(database), query).catch(
      () => [],
    )
    return row?.events
  }
  return {
    site,
    database,
    topic: TOPIC,
    members,
    input,
    get feed() {
      return feed
    },
    feedAgain() {
      feed = startFeed(site, TOPIC, input)
      return feed
    },
    alerts,
    revocations,
    storedEvents,
    async stored(events, timeoutMs) {
      const enough = async () => ((await storedEvents()) ?? 0) >= events
      await eventually(enough, timeoutMs).catch(async () => {
        throw new Error(
          `${await storedEvents()} events stored after ${timeoutMs} ms, not ${events}: ${await says(members)}`,
        )
      })
    },
    async settled(timeoutMs) {
      await eventually(() => isSettled(members, feed.produced), timeoutMs).catch(async () => {
        throw new Error(`streams not settled after ${timeoutMs} ms: ${await says(members)}`)
      })
    },
    async stop() {
      const ends = await Promise.all(
        members.map(async member => ({ name: member.name, code: await member.stop() })),
      )
      return [
        ...ends
          .filter(({ code }) => code !== 0)
          .map(({ name, code }) => `${name} ended with ${code} at SIGTERM`),
        ...members.flatMap(({ crashes }) => crashes),
      ]
    },
    keepLogs(target) {
      mkdirSync(target, { recursive: true })
      for (const { name, log } of members) writeFileSync(join(target, `${name}.log`), log())
    },
    async close() {
      await feed.stop()
      await Promise.all(members.map(member => member.destroy()))
      await Promise.all([alerts.close(), revocations.close()])
    },
  }
}

const settings = (
  { clickhouse, kafkaProxy }: Site,
  round: { readonly database: string; readonly alerts: Receiver; readonly revocations: Receiver },
) => ({
  TOKENWATCH_LOG_LEVEL: 'info',
  TOKENWATCH_IDENTITY_FINGERPRINT_KEY: Buffer.alloc(32, 5).toString('hex'),
  TOKENWATCH_API_REQUESTS_PER_MINUTE_MAX: '100000',
  KAFKA_BROKERS: new URL(kafkaProxy.url).host,
  KAFKA_TOPICS: TOPIC,
  KAFKA_GROUP_ID: round.database,
  TOKENWATCH_INGEST_KAFKA_SESSION_TIMEOUT_MS: '6000',
  TOKENWATCH_INGEST_KAFKA_HEARTBEAT_MS: '1000',
  TOKENWATCH_INGEST_KAFKA_REBUILD_MS_MAX: '2000',
  TOKENWATCH_INGEST_KAFKA_METADATA_MS: '3000',
  // Small batches: more moments at which a fault can hurt.
  TOKENWATCH_INGEST_BATCH_ROWS_MAX: '500',
  TOKENWATCH_INGEST_FLUSH_MS: '50',
  TOKENWATCH_JOBS_SNAPSHOT: '*/2 * * * * *',
  TOKENWATCH_STORE_INSERT_TIMEOUT_SECONDS: '5',
  CLICKHOUSE_USER: 'admin',
  CLICKHOUSE_PASSWORD: clickhouse.store.embedded?.passwords.admin ?? '',
  CLICKHOUSE_DATABASE: round.database,
  TOKENWATCH_RESPOND_POLICY: policy,
  TOKENWATCH_RESPOND_DRY_RUN: 'false',
  TOKENWATCH_RESPOND_REVOKERS_WEBHOOK_URL: round.revocations.url,
  TOKENWATCH_RESPOND_REVOKERS_WEBHOOK_SECRETS: SECRET,
  TOKENWATCH_RESPOND_REVOKERS_WEBHOOK_ALLOW_PRIVATE_TARGETS: 'true',
  TOKENWATCH_ALERT_CHANNELS_WEBHOOK_URL: round.alerts.url,
  TOKENWATCH_ALERT_CHANNELS_WEBHOOK_SECRETS: SECRET,
  TOKENWATCH_ALERT_CHANNELS_WEBHOOK_ALLOW_PRIVATE_TARGETS: 'true',
})

async function isSettled(members: readonly Member[], produced: readonly number[]) {
  const streams = (await Promise.all(members.map(member => member.streams()))).flat()
  return produced.every((records, partition) =>
    streams.some(
      stream =>
        stream.source === TOPIC &&
        stream.partition === partition &&
        stream.watermark >= records - 1,
    ),
  )
}

/** What the processes say of themselves, for whoever reads of a round that stands still. */
async function says(members: readonly Member[]): Promise<string> {
  const answers = await Promise.all(
    members.map(async member => ({ [member.name]: await member.get('/readyz') })),
  )
  return JSON.stringify(Object.assign({}, ...answers))
}
