import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Action, Containment, Delivery } from '../../src/domain/action.ts'
import type { Incident } from '../../src/domain/incident.ts'
import type { SimulatedCall } from '../../src/simulate/simulated-call.ts'
import { eventually, startTestStore, type TestStore } from '../support/clickhouse.ts'
import { isKafkaSkipped, startTestKafka, type TestKafka } from '../support/kafka.ts'
import { produce } from '../support/produce.ts'
import { removeFolders, type Server, startServer, stopPrograms } from '../support/program.ts'
import { startHttpReceiver } from '../support/receivers.ts'
import { kongLines, refusedCalls, stolenKeyLog } from '../support/stolen-key-log.ts'

interface IncidentDetail {
  readonly incident: Incident
  readonly history: readonly { readonly id: string; readonly kind: string }[]
  readonly actions: readonly Action[]
  readonly containment: readonly Containment[]
  readonly deliveries: readonly Delivery[]
}

const TOPIC = 'kong.access'
const PARTITIONS = 4
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

describe.skipIf(isKafkaSkipped)('two processes of one consumer group', () => {
  const log = stolenKeyLog({ nowMs: Date.now() - 60_000 })
  let isRevokerUp = false
  let kafka: TestKafka
  let store: TestStore
  let revocations: Awaited<ReturnType<typeof startHttpReceiver>>
  let alerts: Awaited<ReturnType<typeof startHttpReceiver>>
  /** The one that has the stream of the stolen key, and is killed; and the other one. */
  let holder: Server
  let other: Server
  let incidentId = ''

  const send = (calls: readonly SimulatedCall[]) =>
    produce({
      brokers: kafka.brokers,
      topic: TOPIC,
      partitions: PARTITIONS,
      messages: calls.map((call, at) => ({
        key: call.token,
        value: kongLines([call])[0] ?? String(at),
      })),
    })

  const rows = async <Row>(query: string) => {
    const answer = await store.store.admin.query({ query, format: 'JSONEachRow' })
    return await answer.json<Row>()
  }

  const stored = async () =>
    Number((await rows<{ n: string }>('SELECT count() AS n FROM access_events'))[0]?.n)

  const environment = (instance: string) => ({
    KAFKA_BROKERS: kafka.brokers.join(','),
    KAFKA_TOPICS: TOPIC,
    TOKENWATCH_IDENTITY_FINGERPRINT_KEY: Buffer.alloc(32, 9).toString('base64'),
    TOKENWATCH_INGEST_HTTP_INSTANCE: instance,
    TOKENWATCH_INGEST_KAFKA_SESSION_TIMEOUT_MS: '6000',
    TOKENWATCH_INGEST_KAFKA_HEARTBEAT_MS: '1000',
    CLICKHOUSE_URL: store.store.url,
    CLICKHOUSE_USER: 'admin',
    CLICKHOUSE_PASSWORD: store.store.embedded?.passwords.admin ?? '',
    CLICKHOUSE_DATABASE: store.settings.database,
    TOKENWATCH_JOBS_SNAPSHOT: '*/2 * * * * *',
    TOKENWATCH_RESPOND_POLICY: policy,
    TOKENWATCH_RESPOND_DRY_RUN: 'false',
    TOKENWATCH_RESPOND_RETRY_DELAYS_MS: '500,500,500,600000',
    TOKENWATCH_RESPOND_REVOKERS_WEBHOOK_URL: revocations.url,
    TOKENWATCH_RESPOND_REVOKERS_WEBHOOK_SECRETS: SECRET,
    TOKENWATCH_RESPOND_REVOKERS_WEBHOOK_ALLOW_PRIVATE_TARGETS: 'true',
    TOKENWATCH_ALERT_CHANNELS_WEBHOOK_URL: alerts.url,
    TOKENWATCH_ALERT_CHANNELS_WEBHOOK_SECRETS: SECRET,
    TOKENWATCH_ALERT_CHANNELS_WEBHOOK_ALLOW_PRIVATE_TARGETS: 'true',
  })

  const partitionsOf = async (server: Server) => {
    const { streams } = (await server.get('/v1/stats')) as {
      streams: readonly { source: string; partition: number; watermark: number }[]
    }
    return streams.flatMap(one => (one.source === TOPIC ? [one.partition] : []))
  }

  const incidentsOfVictim = async (server: Server) => {
    const { incidents } = (await server.get('/v1/incidents?limit=1000')) as {
      incidents: readonly Incident[]
    }
    return incidents.filter(({ credentialId }) => credentialId === log.victim.credentialId)
  }

  const detail = async (server: Server) =>
    (await server.get(`/v1/incidents/${incidentId}`)) as IncidentDetail

  beforeAll(async () => {
    ;[kafka, store, revocations, alerts] = await Promise.all([
      startTestKafka(),
      startTestStore({ database: 'tokenwatch_two_test' }),
      startHttpReceiver(() => ({ status: isRevokerUp ? 204 : 503 })),
      startHttpReceiver(),
    ])
    await send([])
    const [first, second] = await Promise.all(
      ['first', 'second'].map(name => startServer({ environment: environment(name) })),
    )
    if (first === undefined || second === undefined) throw new Error('not started')
    const share = async (server: Server) => (await partitionsOf(server)).length
    await eventually(async () => (await share(first)) === 2 && (await share(second)) === 2, 60_000)
    await send(log.past)
    await eventually(async () => (await stored()) === log.past.length, 90_000)
    const [victim] = await rows<{ partition: number }>(
      `SELECT any(source_partition) AS partition FROM access_events
       WHERE credential_id = '${log.victim.credentialId}'`,
    )
    const isOfFirst = (await partitionsOf(first)).includes(victim?.partition ?? -1)
    ;[holder, other] = isOfFirst ? [first, second] : [second, first]
  })

  afterAll(async () => {
    stopPrograms()
    await Promise.all([kafka.stop(), store.close(), revocations.close(), alerts.close()])
    removeFolders()
  })

  test('an incident of one is an incident of both, and what people decide holds in both', async () => {
    await send(log.theft)
    const found = await eventually(async () => (await incidentsOfVictim(other))[0], 40_000)
    incidentId = found.id
    await eventually(async () => {
      const { actions } = await detail(other)
      return actions.some(({ state, attempts }) => state === 'executing' && attempts >= 4)
    }, 30_000)
    await eventually(() => alerts.received.some(({ body }) => body.includes(incidentId)))

    const answer = await other.post(`/v1/incidents/${incidentId}/acknowledge`, { note: 'looking' })
    expect(answer.status).toBe(200)
    expect((await detail(holder)).incident).toMatchObject({ state: 'acknowledged' })
    const again = await holder.post(`/v1/incidents/${incidentId}/acknowledge`, { note: '' })
    expect(again.status).toBe(409)
  })

  test('the other goes on with the revocation of one that was killed, and nothing comes twice', async () => {
    const before = await detail(other)
    holder.process.kill('SIGKILL')
    await holder.ended
    isRevokerUp = true
    const after = await eventually(async () => {
      const now = await detail(other)
      return now.actions.some(({ state }) => state === 'succeeded') && now
    }, 90_000)
    expect(after.actions).toHaveLength(before.actions.length)
    const keys = new Set(revocations.received.map(({ headers }) => headers['idempotency-key']))
    expect([...keys]).toEqual([after.actions[0]?.id])

    await eventually(async () => (await partitionsOf(other)).length === PARTITIONS, 60_000)
    const opened = alerts.received.filter(({ body }) => body.includes('"incident.opened"'))
    expect(opened.filter(({ body }) => body.includes(incidentId))).toHaveLength(1)
    const ids = alerts.received.map(({ headers }) => headers['webhook-id'])
    expect(new Set(ids).size).toBe(ids.length)
    expect(await incidentsOfVictim(other)).toHaveLength(1)
  })

  test('the stream that moved proves that the key is refused, and its findings join the incident', async () => {
    const stolen = log.theft.find(({ attackId }) => attackId !== undefined)
    if (stolen === undefined) throw new Error('the theft has no calls')
    const served = new Set(
      log.past
        .concat(log.theft)
        .flatMap(call => (call.token === log.victim.token ? [call.node] : [])),
    )
    await send(refusedCalls(stolen, [...served], Date.now() + 1_000))
    const nodes = await eventually(async () => {
      const all = (await detail(other)).containment.flatMap(containment => containment.nodes)
      return all.length >= served.size && all.every(({ state }) => state === 'refused') && all
    }, 40_000)
    expect(nodes.map(({ node }) => node).sort()).toEqual([...served].sort())

    expect(await incidentsOfVictim(other)).toHaveLength(1)
    const { incident, history } = await detail(other)
    const versions = history.map(({ id }) => Number(id.split('-').at(-1))).sort((a, b) => a - b)
    expect(versions).toEqual(Array.from({ length: incident.version }, (_, at) => at + 1))
    const [twice] = await rows<{ n: string }>(`
      SELECT count() AS n
      FROM (SELECT incident_id, version FROM incident_events GROUP BY incident_id, version HAVING uniqExact(id, at, kind) > 1)`)
    expect(Number(twice?.n)).toBe(0)
  })
})
