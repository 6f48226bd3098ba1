import { randomBytes } from 'node:crypto'
import Value from 'typebox/value'
import { afterEach, expect, test, vi } from 'vitest'
import { openChannels } from '../../src/alert/channels/index.ts'
import { createDispatcher } from '../../src/alert/dispatcher.ts'
import { createIncidentStage } from '../../src/alert/incident-stage.ts'
import { AlertSettings } from '../../src/alert/settings.ts'
import type { AccessEvent } from '../../src/domain/access-event.ts'
import { createContainment, type StillServing } from '../../src/respond/containment.ts'
import { loadPolicy } from '../../src/respond/load-policy.ts'
import { defaultPolicyText } from '../../src/respond/policy.ts'
import { createResponder } from '../../src/respond/responder.ts'
import { openRevokers } from '../../src/respond/revokers/index.ts'
import { RespondSettings } from '../../src/respond/settings.ts'
import { startHttpReceiver, startMailReceiver } from '../support/receivers.ts'
import { aFinding, anEvidence, aTrigger, tokenOf } from '../support/records.ts'
import { createMemoryTables, createTestTelemetry } from '../support/response.ts'
import { realAfter } from '../support/timeline.ts'

const secret = `whsec_${randomBytes(32).toString('base64')}`
const password = 'p1nk-Elephant-77'
const finding = aFinding({
  evidence: [anEvidence(), anEvidence({ detector: 'new-endpoint' })],
  detectors: ['new-network', 'new-endpoint'],
})

const closing: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

/** Both stages on real channels and a real revoker, with tables in memory. */
function startResponse(
  addresses: { readonly alerts: string; readonly mail: string; readonly revocations: string },
  tables = createMemoryTables(),
  owner = 'process-1',
) {
  const telemetry = createTestTelemetry()
  const shared = { ...telemetry, owner, clock: Date.now, after: realAfter, random: Math.random }
  const receiver = { secrets: [secret], allowPrivateTargets: true, timeoutMs: 2_000 }
  const alert = Value.Create(AlertSettings)
  const respond = Value.Create(RespondSettings)
  const retryDelaysMs = [20, 40]
  const caught: StillServing[] = []
  const incidents = createIncidentStage({
    ...shared,
    incidents: tables.incidents,
    audit: tables.audit,
    settings: alert.incidents,
    exclusively: work => work(() => undefined),
    onEvent(event, before) {
      dispatcher.notify(event, before)
      void responder.onIncident(event)
    },
  })
  const dispatcher = createDispatcher({
    ...shared,
    channels: openChannels(
      {
        email: {
          ...alert.channels.email,
          smtpUrl: addresses.mail,
          from: 'alerts@example.com',
          to: ['ann@example.com'],
        },
        webhook: { ...receiver, url: addresses.alerts },
      },
      { clock: Date.now, consoleUrl: '' },
    ),
    deliveries: tables.deliveries,
    audit: tables.audit,
    settings: { ...alert.dispatch, retryDelaysMs },
  })
  const containment = createContainment({
    ...shared,
    store: tables.containment,
    onStillServing: one => caught.push(one),
    settings: { ...respond.containment, graceMs: 0, saveEveryMs: 10 },
  })
  const responder = createResponder({
    ...shared,
    policy: loadPolicy({
      policyFile: '',
      policy: defaultPolicyText.replace('dry-run', 'auto'),
    }),
    revokers: openRevokers(
      { webhook: { ...receiver, url: addresses.revocations } },
      { clock: Date.now },
    ),
    actions: tables.actions,
    audit: tables.audit,
    incidentOf: incidents.find,
    exclusively: work => work(),
    containment,
    settings: { ...respond, dryRun: false, retryDelaysMs },
  })
  closing.push(async () => {
    await Promise.all([dispatcher.drain(1_000), responder.drain(1_000)])
    containment.close()
    await Promise.all([dispatcher.close(), responder.close()])
  })
  return { incidents, dispatcher, responder, containment, tables, caught, ...telemetry }
}

async function start<Receiver extends { close(): Promise<void> }>(starting: Promise<Receiver>) {
  const receiver = await starting
  closing.push(receiver.close)
  return receiver
}

/** Everything that is written or said. */
const everything = ({ tables, lines, health }: ReturnType<typeof startResponse>) =>
  JSON.stringify([
    lines,
    health.list(),
    ...Object.values(tables.rows).map((rows): unknown => rows()),
  ])

test('from a finding to people, to a revoked token, to the proof that it is refused', async () => {
  const alerts = await start(startHttpReceiver())
  const mail = await start(startMailReceiver())
  const revocations = await start(startHttpReceiver())
  const world = startResponse({ alerts: alerts.url, mail: mail.url, revocations: revocations.url })
  await world.incidents.observe([finding])
  await world.incidents.observe([finding])
  const { actions } = world.responder
  await vi.waitFor(() => expect(actions()[0]?.state).toBe('succeeded'), 5_000)
  await vi.waitFor(() => expect(mail.received).toHaveLength(1), 5_000)
  await vi.waitFor(() => expect(alerts.received).toHaveLength(1), 5_000)
  expect(revocations.received).toHaveLength(1)

  const { effectiveMs = 0, id } = actions()[0] ?? {}
  const call = { token: tokenOf(1), ...aTrigger(), ts: effectiveMs + 1_000 }
  const refusal = { ...call, status: 401, authOutcome: 'failed' } as unknown as AccessEvent
  const answer = { ...call, node: 'kong-2', authOutcome: 'ok' } as unknown as AccessEvent
  for (const event of [refusal, answer, answer]) world.containment.observe(event)
  expect(world.caught).toEqual([
    expect.objectContaining({ node: expect.objectContaining({ node: 'kong-2' }) }),
  ])
  await vi.waitFor(
    () =>
      expect(world.tables.rows.containments()).toEqual([
        expect.objectContaining({
          actionId: id,
          state: 'still_serving',
          nodes: [
            expect.objectContaining({ node: 'kong-1', state: 'refused' }),
            expect.objectContaining({ node: 'kong-2', state: 'still_serving' }),
          ],
        }),
      ]),
    5_000,
  )
})

test('receivers that are down are tried again and then shown as failed, and no secret gets out', async () => {
  const broken = await start(
    startHttpReceiver(request => ({ status: 500, body: `${request.body} ${secret}` })),
  )
  const gone = await startMailReceiver()
  await gone.close()
  const mail = gone.url.replace('://', `://alerts:${password}@`)
  const world = startResponse({ alerts: broken.url, mail, revocations: broken.url })
  await world.incidents.observe([finding])
  await vi.waitFor(() => expect(world.responder.actions()[0]?.state).toBe('failed'), 10_000)
  await vi.waitFor(() => expect(world.tables.rows.deliveries()).toHaveLength(6), 10_000)

  const outcomes = (channel: string) =>
    world.tables.rows
      .deliveries()
      .filter(row => row.channel === channel)
      .map(({ attempt, outcome, detail }) => `${attempt} ${outcome} ${detail}`)
  expect(outcomes('webhook')).toEqual([
    '1 retrying HTTP 500',
    '2 retrying HTTP 500',
    '3 failed HTTP 500',
  ])
  expect(outcomes('email').at(-1)).toBe('3 failed no connection to the mail server')
  const unhealthy = world.health.list().filter(({ isHealthy }) => !isHealthy)
  expect(unhealthy.map(({ name }) => name).sort()).toEqual([
    'alert.email',
    'alert.webhook',
    'respond.webhook',
  ])
  await vi.waitFor(() => {
    const verbs = world.tables.rows.audit().map(({ verb }) => verb)
    expect(verbs.sort()).toEqual([
      'action.executing',
      'action.failed',
      'alert.failed',
      'alert.failed',
    ])
  })
  const said = everything(world)
  for (const planted of [secret, secret.slice(6), password]) expect(said).not.toContain(planted)
})

test('a wait that the receiver asks for is kept, and a redirect ends it', async () => {
  const answers = [{ status: 429, headers: { 'retry-after': '1' } }, { status: 307 }]
  const asked: number[] = []
  const alerts = await start(
    startHttpReceiver(() => {
      asked.push(Date.now())
      return answers[asked.length - 1] ?? { status: 200 }
    }),
  )
  const fine = await start(startHttpReceiver())
  const world = startResponse({ alerts: alerts.url, mail: '', revocations: fine.url })
  await world.incidents.observe([finding])
  await vi.waitFor(() => expect(world.tables.rows.deliveries()).toHaveLength(2), 10_000)
  // The longest delay of the schedule cuts what a receiver may ask for.
  expect((asked[1] ?? 0) - (asked[0] ?? 0)).toBeGreaterThanOrEqual(38)
  expect(world.tables.rows.deliveries().at(-1)).toMatchObject({
    outcome: 'failed',
    detail: 'HTTP 307: redirects are not followed',
  })
})

test('stopped before the receiver is back, the next start delivers and revokes', async () => {
  const down = await start(startHttpReceiver(() => ({ status: 503 })))
  const tables = createMemoryTables()
  const addresses = { alerts: down.url, mail: '', revocations: down.url }
  const first = startResponse(addresses, tables)
  await first.incidents.observe([finding])
  await vi.waitFor(() => expect(down.received.length).toBeGreaterThanOrEqual(2), 5_000)
  await Promise.all([first.dispatcher.drain(1_000), first.responder.drain(1_000)])
  await first.dispatcher.close()
  expect(tables.rows.actions().at(-1)?.state).toBe('executing')

  const up = await start(startHttpReceiver())
  const second = startResponse(
    { alerts: up.url, mail: '', revocations: up.url },
    tables,
    'process-2',
  )
  await second.incidents.load()
  const living = new Set(['process-2'])
  await second.dispatcher.recover(second.incidents.list(), living)
  await second.responder.recover(second.incidents.list(), living)
  await vi.waitFor(() => expect(up.received).toHaveLength(2), 5_000)
  const ids = (received: typeof up.received) =>
    [...new Set(received.map(({ headers }) => headers['webhook-id']))].sort()
  expect(ids(up.received)).toEqual(ids(down.received))
})
