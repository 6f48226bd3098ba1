import type { Stats } from '../../src/api/schemas.ts'
import type { ApiDeps } from '../../src/api/server.ts'
import type { Action, Containment } from '../../src/domain/action.ts'
import type { Incident } from '../../src/domain/incident.ts'
import type { TokenBaselineView } from '../../src/domain/token-baseline.ts'
import { aTokenSummary, aTokenUsage, incidentBook, someStats } from './api.ts'
import {
  aContainment,
  aDelivery,
  anAction,
  anEvidence,
  anIncident,
  aTrigger,
  tokenOf,
} from './records.ts'

const DAY_MS = 86_400_000

/** A stolen token as the console shows it: an incident with reasons, a dry run, two lesser incidents. */
export function aTheft(nowMs: number) {
  const incidents: Incident[] = [
    anIncident({
      severity: 'critical',
      risk: 97.4,
      title: 'Token used from two countries at once, reading objects in sequence',
      detectors: ['new-network', 'enumeration', 'volume', 'unusual-hour'],
      evidence: [
        anEvidence({
          text: 'Expected calls from AS64496 (AT), saw AS64500 (DE), a hosting network; once in about 13,000 token-days.',
          history: '31 active days, always from the same two networks.',
        }),
        anEvidence({
          detector: 'enumeration',
          contribution: 5.2,
          values: ['GET /orders/{id}'],
          text: 'Expected about 40 distinct objects in a day, saw 2,310; once in about 900 token-days.',
          history: 'Never more than 66 in a day before.',
        }),
        anEvidence({
          detector: 'volume',
          contribution: 2.1,
          values: [],
          text: 'Expected 180 to 420 calls in an hour at this time, saw 2,912; once in about 110 token-days.',
          history: 'Hours of 31 days, weekdays.',
        }),
      ],
      trigger: aTrigger({ route: '/orders/{id}' }),
      findingCount: 14,
      firstTs: nowMs - 95_000,
      lastTs: nowMs - 8_000,
      openedMs: nowMs - 94_000,
      updatedMs: nowMs - 7_000,
    }),
    anIncident({
      id: 'incident-2',
      token: tokenOf(2),
      tokenHint: 'partner-feed',
      tenant: 'globex',
      severity: 'medium',
      risk: 61,
      title: 'Far more failed authentications than usual',
      firstTs: nowMs - 3_600_000,
      lastTs: nowMs - 1_900_000,
    }),
    anIncident({
      id: 'incident-3',
      token: tokenOf(3),
      tokenHint: 'ghp_…',
      severity: 'high',
      state: 'acknowledged',
      risk: 82,
      title: 'Active at an hour it never was',
      lastTs: nowMs - 7_200_000,
    }),
  ]
  const actions: Action[] = [
    anAction({
      mode: 'dry-run',
      state: 'planned',
      reason: 'Risk 97 from two independent detectors.',
      requestedMs: nowMs - 90_000,
      updatedMs: nowMs - 90_000,
    }),
  ]
  const containment: Containment[] = []
  const executed: string[] = []
  const { calls, ...book } = incidentBook(incidents)

  const deps: Partial<ApiDeps> = {
    ...book,
    actions: { current: () => Promise.resolve(actions) },
    containment: { list: () => Promise.resolve(containment) },
    actionCommands: {
      execute(id, actor) {
        executed.push(id)
        const done = anAction({
          mode: 'dry-run',
          state: 'succeeded',
          actor,
          attempts: 1,
          lastOutcome: 'answered 200',
          updatedMs: nowMs,
        })
        actions.splice(0, 1, done)
        containment.push(containmentAt(nowMs))
        return Promise.resolve({ ok: true, value: done })
      },
    },
    deliveries: {
      list: () => Promise.resolve([aDelivery({ atMs: nowMs - 80_000, detail: 'answered 250' })]),
    },
    tokens: {
      list: () => Promise.resolve([aTokenSummary({ lastTs: nowMs, firstTs: nowMs - 31 * DAY_MS })]),
      get: () => Promise.resolve(aTokenSummary({ lastTs: nowMs, firstTs: nowMs - 31 * DAY_MS })),
      profile: () => Promise.resolve(theftUsage(nowMs)),
    },
    baselines: { baselineOf: () => Promise.resolve(learned(nowMs)) },
    trends: { traffic: hours => Promise.resolve(dayOfTraffic(nowMs, hours)) },
    stats: { current: () => Promise.resolve(theftStats(nowMs)) },
  }
  return { deps, calls, executed, incidents }
}

const containmentAt = (nowMs: number) => {
  const containment = aContainment({ effectiveMs: nowMs, updatedMs: nowMs })
  const nodes = containment.nodes.map((node, at) => ({
    ...node,
    node: `kong-${at + 1}`,
    firstRefusedMs: node.state === 'refused' ? nowMs + 1_300 : undefined,
    lastRefusedMs: node.state === 'refused' ? nowMs + 1_300 : undefined,
    lastServedMs: node.state === 'refused' ? undefined : nowMs + 2_000,
  }))
  return { ...containment, nodes }
}

const theftStats = (nowMs: number): Stats =>
  someStats({
    nowMs,
    startedMs: nowMs - 600_000,
    openIncidents: 3,
    tokens: 240,
    eventsPerSecond: 300 + 60 * Math.sin(nowMs / 3_000),
    demo: {
      phase:
        'A token of acme is being used by a thief in another country. The revocation below is a dry run until you carry it out.',
    },
    rejects: [
      { reason: 'missing_identity', count: 41 },
      { reason: 'bad_time', count: 3 },
    ],
    dependencies: [
      { name: 'clickhouse', isHealthy: true, detail: 'answers', sinceMs: nowMs - 600_000 },
      { name: 'alert.email', isHealthy: true, detail: 'delivered', sinceMs: nowMs - 80_000 },
    ],
  })

const dayOfTraffic = (nowMs: number, hours: number) =>
  Array.from({ length: hours }, (_, at) => ({
    hourMs: nowMs - (hours - 1 - at) * 3_600_000,
    events: Math.round(9_000 + 7_000 * Math.sin((at / 24) * 2 * Math.PI)),
    refused: Math.round(300 + 260 * Math.cos(at)),
    findings: at > hours - 3 ? 3 : 0,
  }))

function theftUsage(nowMs: number) {
  const usage = aTokenUsage()
  const [network] = usage.networks
  const [endpoint] = usage.endpoints
  if (network === undefined || endpoint === undefined) return usage
  const thief = {
    ...network,
    prefix: '203.0.113.0/24',
    asn: 64_500,
    country: 'DE',
    events: 2_310,
    firstTs: nowMs - 95_000,
    lastTs: nowMs,
  }
  return {
    ...usage,
    networks: [{ ...network, lastTs: nowMs }, thief],
    endpoints: [
      { ...endpoint, lastTs: nowMs },
      { ...endpoint, method: 'POST', route: '/orders', events: 2_400, lastTs: nowMs },
    ],
    daily: Array.from({ length: 31 }, (_, at) => ({
      dayMs: nowMs - (30 - at) * DAY_MS,
      events: at === 30 ? 2_900 : 300 + ((at * 37) % 160) - (at % 7 > 4 ? 240 : 0),
      refused: at === 30 ? 190 : at % 5,
      bytesOut: 90_000,
    })),
  }
}

const learned = (nowMs: number): TokenBaselineView => ({
  token: tokenOf(1),
  entity: 'token',
  tenant: 'acme',
  firstSeenMs: nowMs - 31 * DAY_MS,
  lastSeenMs: nowMs,
  activeDays: 31,
  activeHours: 240,
  requestsPerHour: { low: 12, typical: 31, high: 78 },
  requestsPerDay: { low: 180, typical: 310, high: 420 },
  bytesPerDay: { low: 41_000, typical: 88_000, high: 190_000 },
  surprisesPerDay: { 'new-address': 0.34, 'new-endpoint': 0.02, 'new-country': 0.001 },
  hourActivity: Array(48).fill(1 / 48),
  today: { requests: 2_912, bytes: 1_900_000, surprise: 14.5, detectors: { volume: 4.1 } },
})
