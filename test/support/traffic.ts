import type { AccessEvent, EntityKind, Fingerprint } from '../../src/domain/access-event.ts'
import type { Finding } from '../../src/domain/finding.ts'
import type { TokenRegistry } from '../../src/domain/registered-token.ts'
import { mixBits } from '../../src/lib/mix-bits.ts'
import { createScorer } from '../../src/score/scorer.ts'
import type { ScoreSettings } from '../../src/score/settings.ts'

/** A Monday. */
export const startMs = Date.UTC(2026, 0, 5)
export const dayMs = 86_400_000
export const hourMs = 3_600_000

/** What a token does on one day; lists are walked in turn. */
export interface Usage {
  /** First hour and the hour after the last, UTC. */
  readonly hours: readonly [number, number]
  /** Calls an hour; they vary by a fifth from hour to hour. */
  readonly calls: number
  /** Within the first minutes of the hour; 60 spreads them. */
  readonly minutes: number
  readonly ips: readonly string[]
  /** So many addresses in turn by the hour, each in its own prefix, that no other day has. */
  readonly freshPrefixes: number
  readonly asns: readonly number[]
  readonly countries: readonly string[]
  readonly clients: readonly string[]
  readonly routes: readonly string[]
  readonly statuses: readonly number[]
  readonly bytes: number
  /** Distinct objects that calls walk over; 0 for calls without one. */
  readonly objects: number
  /** First of the ids, which ascend. */
  readonly firstObject: number
  readonly isOnWeekends: boolean
  /** Calls of language models; absent for others. */
  readonly model?: string
  /** For each such call. */
  readonly modelTokens?: number
  readonly costUsd?: number
}

export const usualUsage: Usage = {
  hours: [9, 17],
  calls: 6,
  minutes: 60,
  ips: ['198.51.100.7'],
  freshPrefixes: 0,
  asns: [64500],
  countries: ['DE'],
  clients: ['python-requests/2'],
  routes: ['/v1/orders', '/v1/customers'],
  statuses: [200],
  bytes: 800,
  objects: 0,
  firstObject: 1000,
  isOnWeekends: true,
}

export const tokenNamed = (number: number) =>
  mixBits(number).toString(16).padStart(8, '0').repeat(4) as Fingerprint

let nextOffset = 0

/** One event with every field, of which a test shows what matters. */
export function anEvent(changes: Partial<AccessEvent> = {}): AccessEvent {
  return {
    source: 'access',
    partition: 0,
    offset: nextOffset++,
    index: 0,
    origin: undefined,
    ts: startMs,
    entity: 'token',
    token: tokenNamed(1),
    tokenHint: 'sk_test_…1',
    credentialId: undefined,
    consumer: undefined,
    application: undefined,
    tenant: 'default',
    scopes: undefined,
    tokenIssuedAtMs: undefined,
    tokenExpiresAtMs: undefined,
    ip: '198.51.100.7',
    prefix: '198.51.100.0/24',
    asn: 64500,
    country: 'DE',
    networkType: 'hosting',
    gateway: 'kong',
    node: 'a',
    method: 'GET',
    host: 'api.example.com',
    route: '/v1/orders',
    path: '/v1/orders',
    objectKey: undefined,
    status: 200,
    authOutcome: 'ok',
    latencyMs: 12,
    bytesIn: 100,
    bytesOut: 800,
    llmTokensIn: undefined,
    llmTokensOut: undefined,
    costUsd: undefined,
    model: undefined,
    userAgent: 'python-requests/2.31',
    client: 'python-requests/2',
    ja3: undefined,
    requestId: undefined,
    leaks: [],
    ...changes,
  }
}

/** The token's events of one day, in time order; the same arguments give the same day. */
export function dayOfTraffic(
  day: number,
  usage: Usage,
  token: { readonly number: number; readonly tenant?: string; readonly entity?: EntityKind },
): AccessEvent[] {
  const events: AccessEvent[] = []
  const isWeekend = day % 7 >= 5
  if (isWeekend && !usage.isOnWeekends) return events
  for (let hour = usage.hours[0]; hour < usage.hours[1]; hour++) {
    const noise = mixBits(day * 31 + hour * 7 + token.number * 1013) / 0x1_0000_0000
    const calls = Math.max(1, Math.round(usage.calls * (0.8 + 0.4 * noise)))
    for (let i = 0; i < calls; i++) {
      const ts =
        startMs +
        day * dayMs +
        hour * hourMs +
        Math.floor(((i + 0.5) / calls) * usage.minutes * 60_000)
      events.push(callOf(events.length, { ts, usage, token }))
    }
  }
  return events
}

function callOf(
  i: number,
  {
    ts,
    usage,
    token,
  }: {
    ts: number
    usage: Usage
    token: { readonly number: number; readonly tenant?: string; readonly entity?: EntityKind }
  },
): AccessEvent {
  const inTurn = <Value>(list: readonly Value[]) => list[i % list.length] as Value
  const ip = usage.freshPrefixes > 0 ? freshAddress(ts, usage.freshPrefixes) : inTurn(usage.ips)
  const route = inTurn(usage.routes)
  const id = usage.firstObject + (i % Math.max(1, usage.objects))
  const status = inTurn(usage.statuses)
  const outcomes = { 401: 'failed', 403: 'denied', 429: 'throttled' } as const
  return anEvent({
    ts,
    entity: token.entity ?? 'token',
    token: tokenNamed(token.number),
    tokenHint: `sk_test_…${token.number}`,
    tenant: token.tenant ?? 'default',
    ip,
    prefix: prefixOf(ip),
    asn: inTurn(usage.asns),
    country: inTurn(usage.countries),
    client: inTurn(usage.clients),
    userAgent: inTurn(usage.clients),
    route,
    path: usage.objects > 0 ? `${route}/${id}` : route,
    objectKey: usage.objects > 0 ? mixBits(id) * 0x10_0000 + (id & 0xfffff) : undefined,
    status,
    authOutcome: status in outcomes ? outcomes[status as keyof typeof outcomes] : 'ok',
    bytesOut: usage.bytes,
    model: usage.model,
    llmTokensOut: usage.modelTokens,
    costUsd: usage.costUsd,
  })
}

/** In the documentation range of IPv6, which has prefixes enough. */
function freshAddress(ts: number, perDay: number): string {
  const hour = Math.floor((ts - startMs) / hourMs)
  const prefix = Math.floor(hour / 24) * perDay + (hour % perDay) + 1
  return `2001:db8:${prefix.toString(16)}::7`
}

function prefixOf(ip: string): string {
  return ip.includes(':')
    ? `${ip.split(':').slice(0, 3).join(':')}::/48`
    : `${ip.split('.').slice(0, 3).join('.')}.0/24`
}

export const inTimeOrder = (events: readonly AccessEvent[]) =>
  events.toSorted((a, b) => a.ts - b.ts)

export const scoreSettings: ScoreSettings = {
  alertBudgetPer1000TokenDays: 1,
  findingsFloor: 1.6,
  lateMinutes: 10,
  graceMinutes: 5,
  tokensMax: 10_000,
  peerGroupsMax: 100,
  knownValuesMax: 10_000,
  sourcesMax: 1_000,
}

/** A scorer and the list of what it finds. */
export function aScorer(changes: Partial<ScoreSettings> = {}, registry?: TokenRegistry) {
  const findings: Finding[] = []
  const scorer = createScorer({
    settings: { ...scoreSettings, ...changes },
    ...(registry && { registry }),
    onFinding: finding => findings.push(finding),
  })
  return { scorer, findings }
}
