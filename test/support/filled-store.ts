import type { AccessEvent } from '../../src/domain/access-event.ts'
import { createActionsTable } from '../../src/store/actions.ts'
import { createContainmentTable } from '../../src/store/containment.ts'
import { createDeadLettersTable } from '../../src/store/dead-letters.ts'
import { createDeliveriesTable } from '../../src/store/deliveries.ts'
import { openEventStream } from '../../src/store/event-stream.ts'
import { createFindingsTable } from '../../src/store/findings.ts'
import { createIncidentEventsTable } from '../../src/store/incident-events.ts'
import type { Store } from '../../src/store/store.ts'
import {
  aContainment,
  aDeadLetter,
  aDelivery,
  aFinding,
  anAction,
  anEvidence,
  anIncidentEvent,
  tokenOf,
} from './records.ts'
import { appendEvents, eventAt } from './stored-events.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const stream = { source: 'access', partition: 0 }

/** The token that belongs to a shop: 3 calls at 09:00 on each of two days, then 2 from elsewhere. */
export const shopToken = tokenOf(1)
/** A token of another tenant that was used once, and refused. */
export const otherToken = tokenOf(2)

/**
 * A small world in all tables, its last day being the day before today (UTC), so that no time to live and no
 * view of the last days takes it away.
 *
 * @returns start of its first day, ms
 */
export async function fillStore(store: Store): Promise<number> {
  const dayMs = Math.floor(store.clock() / DAY_MS) * DAY_MS - 2 * DAY_MS
  const nineMs = dayMs + 9 * HOUR_MS
  const events = [
    ...[0, 1, 2].map(n => shopCall(n, nineMs + n * 60_000)),
    ...[3, 4, 5].map(n => shopCall(n, nineMs + DAY_MS + n * 60_000)),
    ...[6, 7].map(n => stolenCall(n, nineMs + DAY_MS + 2 * HOUR_MS + n * 60_000)),
    otherCall(8, nineMs + DAY_MS + 30_000),
  ]
  const eventStream = await openEventStream(store, stream)
  await appendEvents(eventStream, events)
  await eventStream.close()
  await fillRecords(store, nineMs + DAY_MS + 2 * HOUR_MS + 7 * 60_000)
  return dayMs
}

/** Adds 60 calls of the shop's token around noon, and one at three in the night, on the first day. */
export async function fillNightCall(store: Store, dayMs: number): Promise<void> {
  const night = { source: 'access', partition: 1 }
  const hours = [3, ...new Array<number>(60).fill(12)]
  const events = hours.map((hour, offset) => ({
    ...shopCall(offset, dayMs + hour * HOUR_MS + offset * 1_000),
    ...night,
  }))
  const eventStream = await openEventStream(store, night)
  await appendEvents(eventStream, events)
  await eventStream.close()
}

const call = (offset: number, ts: number, changes: Partial<AccessEvent>): AccessEvent => ({
  ...eventAt(stream, offset),
  ts,
  token: shopToken,
  tokenHint: 'sk_live_…',
  credentialId: 'cred-1',
  consumer: 'shop',
  application: 'checkout',
  tenant: 'acme',
  gateway: 'kong',
  node: 'kong-1',
  client: 'okhttp/4',
  latencyMs: 20,
  bytesIn: 10,
  bytesOut: 100,
  llmTokensIn: 5,
  llmTokensOut: 7,
  costUsd: 0.25,
  leaks: [],
  ...changes,
})

const shopCall = (offset: number, ts: number) =>
  call(offset, ts, {
    ip: '192.0.2.7',
    prefix: '192.0.2.0/24',
    asn: 64_496,
    country: 'NL',
    networkType: 'residential',
    method: 'GET',
    route: '/orders/{id}',
    status: 200,
    authOutcome: 'ok',
  })

const stolenCall = (offset: number, ts: number) =>
  call(offset, ts, {
    ip: '203.0.113.9',
    prefix: '203.0.113.0/24',
    asn: 64_500,
    country: 'DE',
    networkType: 'hosting',
    method: 'GET',
    route: '/export',
    node: 'kong-2',
    client: 'curl/8',
    // The second call comes after the token was stopped.
    status: offset === 7 ? 401 : 500,
    authOutcome: offset === 7 ? 'failed' : 'ok',
    bytesOut: 5_000,
    latencyMs: 300,
  })

const otherCall = (offset: number, ts: number) =>
  call(offset, ts, {
    token: otherToken,
    tokenHint: 'pk_test_…',
    credentialId: undefined,
    consumer: undefined,
    application: undefined,
    tenant: 'umbrella',
    ip: '198.51.100.3',
    prefix: '198.51.100.0/24',
    asn: 0,
    country: '',
    networkType: 'unknown',
    method: 'POST',
    route: '/login',
    status: 403,
    authOutcome: 'denied',
  })

/** Findings, an incident that is acknowledged, a false alarm, actions and what came of them. */
async function fillRecords(store: Store, atMs: number): Promise<void> {
  const evidence = [anEvidence(), anEvidence({ detector: 'endpoint', contribution: 2.5 })]
  await createFindingsTable(store).append([
    aFinding({ ts: atMs, detectors: ['new-network', 'endpoint'], evidence }),
    aFinding({
      id: 'finding-2',
      ts: atMs + 1_000,
      token: otherToken,
      tenant: 'umbrella',
      surprise: 6,
      risk: 40,
      severity: 'low',
      isAlert: false,
    }),
  ])
  const times = { firstTs: atMs, lastTs: atMs, openedMs: atMs, updatedMs: atMs + 5_000 }
  await createIncidentEventsTable(store).append([
    anIncidentEvent(times),
    anIncidentEvent({ ...times, version: 2, state: 'acknowledged' }, 'acknowledged'),
    anIncidentEvent({ ...times, id: 'incident-2', token: otherToken, tenant: 'umbrella' }),
    anIncidentEvent(
      {
        ...times,
        id: 'incident-2',
        token: otherToken,
        tenant: 'umbrella',
        version: 2,
        state: 'false_positive',
        actor: 'ada',
      },
      'false_positive',
    ),
  ])
  await createActionsTable(store).append([
    anAction({ requestedMs: atMs + 10_000, updatedMs: atMs + 10_000 }),
    anAction({
      requestedMs: atMs + 10_000,
      updatedMs: atMs + 40_000,
      effectiveMs: atMs + 40_000,
      version: 2,
      state: 'succeeded',
      attempts: 1,
    }),
    anAction({ id: 'action-2', incidentId: 'incident-2', requestedMs: atMs, state: 'withheld' }),
  ])
  await createContainmentTable(store).put(aContainment({ effectiveMs: atMs + 40_000 }))
  await createDeliveriesTable(store).append([
    aDelivery({ atMs, outcome: 'retrying' }),
    aDelivery({ id: 'delivery-2', atMs: atMs + 1_000, attempt: 2 }),
    aDelivery({ id: 'delivery-3', atMs, channel: 'webhook', outcome: 'failed' }),
  ])
  await createDeadLettersTable(store).append([
    aDeadLetter({ ...stream, offset: 100, receivedMs: atMs }),
    aDeadLetter({ ...stream, offset: 101, receivedMs: atMs, reason: 'not_json' }),
  ])
}
