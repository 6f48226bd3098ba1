import { Webhook } from 'standardwebhooks'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Action, Containment, Delivery } from '../../src/domain/action.ts'
import type { Incident } from '../../src/domain/incident.ts'
import type { SimulatedCall } from '../../src/simulate/simulated-call.ts'
import { eventually, startTestStore, type TestStore } from '../support/clickhouse.ts'
import { isKafkaSkipped, startTestKafka, type TestKafka } from '../support/kafka.ts'
import { produce } from '../support/produce.ts'
import { removeFolders, type Server, startServer, stopPrograms } from '../support/program.ts'
import { startHttpReceiver, startMailReceiver } from '../support/receivers.ts'
import { kongLines, refusedCalls, stolenKeyLog } from '../support/stolen-key-log.ts'

interface IncidentDetail {
  readonly incident: Incident
  readonly actions: readonly Action[]
  readonly containment: readonly Containment[]
  readonly deliveries: readonly Delivery[]
}

const TOPIC = 'kong.access'
const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`
const policy = `
version: 1
rules:
  - name: stop-thieves
    match: { severityMin: high, riskMin: 70 }
    action: revoke
    revoker: webhook
    mode: auto
`

describe.skipIf(isKafkaSkipped)('from a line in Kafka to a refused token', () => {
  const log = stolenKeyLog({ nowMs: Date.now() - 60_000 })
  let kafka: TestKafka
  let store: TestStore
  let revocations: Awaited<ReturnType<typeof startHttpReceiver>>
  let alerts: Awaited<ReturnType<typeof startHttpReceiver>>
  let mails: Awaited<ReturnType<typeof startMailReceiver>>
  let server: Server

  const send = (calls: readonly SimulatedCall[]) =>
    produce({
      brokers: kafka.brokers,
      topic: TOPIC,
      partitions: 3,
      messages: calls.map((call, at) => ({
        key: call.token,
        value: kongLines([call])[0] ?? String(at),
      })),
    })

  const stored = async () => {
    const answer = await store.store.admin.query({
      query: 'SELECT count() AS n FROM access_events',
      format: 'JSONEachRow',
    })
    const [row] = await answer.json<{ n: string }>()
    return Number(row?.n)
  }

  /** Streams whose last event is in a saved snapshot. */
  const snapshotsUpToDate = async () => {
    const answer = await store.store.admin.query({
      query: `
        SELECT count() AS n
        FROM (SELECT source_partition, max(source_offset) AS last FROM access_events GROUP BY source_partition) AS e
        JOIN (SELECT source_partition, max(source_offset) AS saved FROM baseline_snapshots GROUP BY source_partition) AS s
          USING (source_partition)
        WHERE saved >= last`,
      format: 'JSONEachRow',
    })
    const [row] = await answer.json<{ n: string }>()
    return Number(row?.n)
  }

  const environment = () => ({
    KAFKA_BROKERS: kafka.brokers.join(','),
    KAFKA_TOPICS: TOPIC,
    // A killed member holds its partitions for as long.
    TOKENWATCH_INGEST_KAFKA_SESSION_TIMEOUT_MS: '6000',
    TOKENWATCH_INGEST_KAFKA_HEARTBEAT_MS: '1000',
    CLICKHOUSE_URL: store.store.url,
    CLICKHOUSE_USER: 'admin',
    CLICKHOUSE_PASSWORD: store.store.embedded?.passwords.admin ?? '',
    CLICKHOUSE_DATABASE: store.settings.database,
    TOKENWATCH_JOBS_SNAPSHOT: '*/2 * * * * *',
    TOKENWATCH_RESPOND_POLICY: policy,
    TOKENWATCH_RESPOND_DRY_RUN: 'false',
    TOKENWATCH_RESPOND_REVOKERS_WEBHOOK_URL: revocations.url,
    TOKENWATCH_RESPOND_REVOKERS_WEBHOOK_SECRETS: SECRET,
    TOKENWATCH_RESPOND_REVOKERS_WEBHOOK_ALLOW_PRIVATE_TARGETS: 'true',
    TOKENWATCH_ALERT_CHANNELS_WEBHOOK_URL: alerts.url,
    TOKENWATCH_ALERT_CHANNELS_WEBHOOK_SECRETS: SECRET,
    TOKENWATCH_ALERT_CHANNELS_WEBHOOK_ALLOW_PRIVATE_TARGETS: 'true',
    TOKENWATCH_ALERT_CHANNELS_EMAIL_SMTP_URL: mails.url,
    TOKENWATCH_ALERT_CHANNELS_EMAIL_FROM: 'tokenwatch@example.com',
    TOKENWATCH_ALERT_CHANNELS_EMAIL_TO: 'security@example.com',
  })

  const incidentOfVictim = async () => {
    const { incidents } = (await server.get('/v1/incidents?limit=100')) as {
      incidents: readonly Incident[]
    }
    const found = incidents.find(({ credentialId }) => credentialId === log.victim.credentialId)
    return found && ((await server.get(`/v1/incidents/${found.id}`)) as IncidentDetail)
  }

  beforeAll(async () => {
    ;[kafka, store, revocations, alerts, mails] = await Promise.all([
      startTestKafka(),
      startTestStore({ database: 'tokenwatch_e2e_test' }),
      startHttpReceiver(),
      startHttpReceiver(),
      startMailReceiver(),
    ])
    await send(log.past)
    server = await startServer({ environment: environment() })
  })

  afterAll(async () => {
    stopPrograms()
    await Promise.all([
      kafka.stop(),
      store.close(),
      revocations.close(),
      alerts.close(),
      mails.close(),
    ])
    removeFolders()
  })

  test('the past is stored completely, without the raw keys', async () => {
    await eventually(async () => (await stored()) === log.past.length, 90_000)
    // The rollups of an insert are there a moment after its events.
    const tokens = await eventually(async () => {
      const listed = (await server.get('/v1/tokens?limit=1000')) as { tokens: readonly unknown[] }
      return listed.tokens.length >= 40 && listed.tokens
    }, 10_000)
    const text = JSON.stringify(tokens) + server.output() + server.errors()
    expect(log.tokens.filter(token => text.includes(token))).toEqual([])
  })

  test('the theft opens one incident with reasons, tells people, and the webhook is called', async () => {
    await send(log.theft)
    const detail = await eventually(async () => {
      const found = await incidentOfVictim()
      return found?.actions.some(({ state }) => state === 'succeeded') && found
    }, 60_000)
    expect(detail.incident.severity).toMatch(/high|critical/)
    expect(detail.incident.detectors.length).toBeGreaterThan(1)
    for (const { text } of detail.incident.evidence) expect(text).toMatch(/expected .* saw /i)

    const call = revocations.received.find(({ body }) => body.includes(log.victim.credentialId))
    expect(call).toBeDefined()
    const verified = new Webhook(SECRET).verify(
      call?.body ?? '',
      call?.headers as Record<string, string>,
    )
    expect(verified).toMatchObject({ data: { credentialId: log.victim.credentialId } })
    expect(call?.headers['idempotency-key']).toBe(detail.actions[0]?.id)

    await eventually(() => alerts.received.some(({ body }) => body.includes(detail.incident.id)))
    await eventually(() =>
      mails.received.some(({ text }) => text?.includes(log.victim.credentialId)),
    )
    const told = JSON.stringify([revocations.received, alerts.received, mails.received])
    expect(told).not.toContain(log.victim.token)
  })

  test('the same stream then proves, node by node, that the key is refused', async () => {
    const stolen = log.theft.find(({ attackId }) => attackId !== undefined)
    if (stolen === undefined) throw new Error('the theft has no calls')
    const served = new Set(
      log.past
        .concat(log.theft)
        .flatMap(call => (call.token === log.victim.token ? [call.node] : [])),
    )
    await send(refusedCalls(stolen, [...served], Date.now() + 1_000))
    const nodes = await eventually(async () => {
      const detail = await incidentOfVictim()
      const all = detail?.containment.flatMap(containment => containment.nodes) ?? []
      return all.length >= served.size && all.every(({ state }) => state === 'refused') && all
    }, 60_000)
    expect(nodes.map(({ node }) => node).sort()).toEqual([...served].sort())
    const total = log.past.length + log.theft.length + served.size
    await eventually(async () => (await stored()) === total)
  })

  test('a restart continues where it was: nothing is stored, told or done twice', async () => {
    await eventually(async () => (await snapshotsUpToDate()) === 3)
    const before = {
      events: await stored(),
      incident: (await incidentOfVictim())?.incident,
      revocations: revocations.received.length,
      alerts: alerts.received.length,
      mails: mails.received.length,
      token: await server.get(`/v1/tokens/${(await incidentOfVictim())?.incident.token}/baseline`),
    }
    server.process.kill('SIGKILL')
    await server.ended
    server = await startServer({ environment: environment(), dataDir: server.dataDir })
    await eventually(async () => {
      const { streams } = (await server.get('/v1/stats')) as {
        streams: readonly { source: string; watermark: number }[]
      }
      return (
        streams.filter(({ source, watermark }) => source === TOPIC && watermark >= 0).length === 3
      )
    }, 60_000)
    expect(await stored()).toBe(before.events)
    expect((await incidentOfVictim())?.incident).toEqual(before.incident)
    expect(revocations.received.length).toBe(before.revocations)
    expect(alerts.received.length).toBe(before.alerts)
    expect(mails.received.length).toBe(before.mails)
    const token = await server.get(`/v1/tokens/${before.incident?.token}/baseline`)
    expect(token).toEqual(before.token)
  })
})
