import { type Static, Type } from 'typebox'
import { actionKinds, actionModes, actionStates } from '../domain/action.ts'
import { severities } from '../domain/finding.ts'
import { incidentEventKinds, incidentStates } from '../domain/incident.ts'
import { listOf, maybe, ms } from './schema-parts.ts'

const entity = Type.Enum(['token', 'address'] as const)

const subject = {
  entity,
  token: Type.String({ description: 'Fingerprint, 32 hex digits' }),
  tokenHint: Type.String({ description: 'What a person may see of the token' }),
  credentialId: maybe(Type.String()),
  consumer: maybe(Type.String()),
  application: maybe(Type.String()),
  tenant: Type.String(),
}

export const ErrorReply = Type.Object(
  { error: Type.Object({ code: Type.String(), message: Type.String() }) },
  { description: 'Every error has this shape; messages never repeat what was sent.' },
)
export type ErrorReply = Static<typeof ErrorReply>

export const Evidence = Type.Object({
  detector: Type.String(),
  observed: Type.Number(),
  expected: Type.Number(),
  surprise: Type.Number({ description: 'nats' }),
  contribution: Type.Number({ description: 'Share of the score, nats' }),
  values: listOf(Type.String()),
  text: Type.String({ description: 'expected … saw …' }),
  history: Type.String(),
})
export type Evidence = Static<typeof Evidence>

const Trigger = Type.Object({
  ip: Type.String(),
  prefix: Type.String(),
  asn: Type.Number(),
  country: Type.String(),
  networkType: Type.String(),
  client: Type.String(),
  method: Type.String(),
  route: Type.String(),
  status: Type.Number(),
  gateway: Type.String(),
  node: Type.String(),
})

const judgment = {
  severity: Type.Enum(severities),
  risk: Type.Number({ description: '0 to 100' }),
  surprise: Type.Number({ description: 'nats' }),
  detectors: listOf(Type.String()),
}

export const Finding = Type.Object({
  id: Type.String(),
  ts: ms('Event time'),
  ...subject,
  ...judgment,
  isAlert: Type.Boolean(),
  evidence: listOf(Evidence),
  trigger: Trigger,
  scorerVersion: Type.String(),
})

export const IncidentSummary = Type.Object({
  id: Type.String(),
  ...subject,
  ...judgment,
  state: Type.Enum(incidentStates),
  title: Type.String(),
  findingCount: Type.Number(),
  firstTs: ms('Event time of the first finding'),
  lastTs: ms('Event time of the last finding'),
  openedMs: ms('Wall clock'),
  updatedMs: ms('Wall clock'),
  actor: Type.String(),
  note: Type.String(),
  version: Type.Number(),
})
export type IncidentSummary = Static<typeof IncidentSummary>

export const Incident = Type.Object({
  ...IncidentSummary.properties,
  evidence: listOf(Evidence),
  trigger: Trigger,
  findingIds: listOf(Type.String()),
})
export type Incident = Static<typeof Incident>

export const IncidentStep = Type.Object({
  id: Type.String(),
  atMs: ms('Wall clock'),
  kind: Type.Enum(incidentEventKinds),
  severity: Type.Enum(severities),
  risk: Type.Number(),
  findingCount: Type.Number(),
  actor: Type.String(),
  note: Type.String(),
})
export type IncidentStep = Static<typeof IncidentStep>

export const Action = Type.Object({
  id: Type.String(),
  incidentId: Type.String(),
  kind: Type.Enum(actionKinds),
  mode: Type.Enum(actionModes),
  state: Type.Enum(actionStates),
  revoker: Type.String(),
  token: Type.String(),
  tokenHint: Type.String(),
  credentialId: maybe(Type.String()),
  consumer: maybe(Type.String()),
  application: maybe(Type.String()),
  tenant: Type.String(),
  gateway: Type.String(),
  rule: Type.String(),
  reason: Type.String(),
  actor: Type.String(),
  attempts: Type.Number(),
  lastOutcome: Type.String(),
  requestedMs: ms('Wall clock'),
  updatedMs: ms('Wall clock'),
  effectiveMs: maybe(ms('Event time from which the token must be refused')),
  version: Type.Number(),
})
export type Action = Static<typeof Action>

const containmentState = Type.Enum(['refused', 'silent', 'still_serving'] as const)
export const Containment = Type.Object({
  actionId: Type.String(),
  incidentId: Type.String(),
  effectiveMs: ms('Event time'),
  state: containmentState,
  updatedMs: ms('Wall clock'),
  nodes: listOf(
    Type.Object({
      gateway: Type.String(),
      node: Type.String(),
      state: containmentState,
      firstRefusedMs: maybe(ms('Event time')),
      lastRefusedMs: maybe(ms('Event time')),
      lastServedMs: maybe(ms('Event time')),
      servedAfterCount: Type.Number(),
      refusedCount: Type.Number(),
    }),
  ),
})
export type Containment = Static<typeof Containment>

const Delivery = Type.Object({
  id: Type.String(),
  incidentId: Type.String(),
  incidentVersion: Type.Number(),
  channel: Type.String(),
  attempt: Type.Number(),
  atMs: ms('Wall clock'),
  outcome: Type.Enum(['delivered', 'retrying', 'failed'] as const),
  detail: Type.String(),
})

export const IncidentDetail = Type.Object({
  incident: Incident,
  history: listOf(IncidentStep, 'Newest first, at most 200'),
  actions: listOf(Action),
  containment: listOf(Containment, 'Per action: what each gateway node did with the token'),
  deliveries: listOf(Delivery),
})
export type IncidentDetail = Static<typeof IncidentDetail>

export const TokenSummary = Type.Object({
  ...subject,
  events: Type.Number({ description: 'Calls stored' }),
  refused: Type.Number({ description: 'Of these answered 401, 403 or 429' }),
  firstTs: ms('Event time of the first call'),
  lastTs: ms('Event time of the last call'),
  risk: Type.Number({ description: 'Of its riskiest active incident, 0 for none' }),
  openIncidents: Type.Number(),
})
export type TokenSummary = Static<typeof TokenSummary>

const usage = {
  events: Type.Number(),
  refused: Type.Number(),
  firstTs: ms('Event time'),
  lastTs: ms('Event time'),
}
export const TokenUsage = Type.Object({
  networks: listOf(
    Type.Object({
      prefix: Type.String(),
      asn: Type.Number({ description: '0 for unknown' }),
      country: Type.String(),
      networkType: Type.String(),
      ...usage,
    }),
    'Most used first, at most 50',
  ),
  endpoints: listOf(
    Type.Object({ method: Type.String(), route: Type.String(), ...usage }),
    'Most used first, at most 50',
  ),
  nodes: listOf(
    Type.Object({ gateway: Type.String(), node: Type.String(), client: Type.String(), ...usage }),
    'Most used first, at most 50',
  ),
  hourOfWeek: listOf(Type.Number(), '168 counts, UTC; 0 is Monday 00:00 to 01:00'),
  daily: listOf(
    Type.Object({
      dayMs: ms('Start of the day, UTC'),
      events: Type.Number(),
      refused: Type.Number(),
      bytesOut: Type.Number(),
    }),
    'Oldest first, at most 90',
  ),
})
export type TokenUsage = Static<typeof TokenUsage>

export const TokenProfile = Type.Object({
  ...TokenSummary.properties,
  incidents: listOf(IncidentSummary, 'Most lately changed first, at most 20'),
})
export type TokenProfile = Static<typeof TokenProfile>

const band = Type.Object({ low: Type.Number(), typical: Type.Number(), high: Type.Number() })
export const TokenBaseline = Type.Object({
  learned: maybe(
    Type.Object({
      firstSeenMs: ms('Event time'),
      lastSeenMs: ms('Event time'),
      activeDays: Type.Number(),
      activeHours: Type.Number(),
      requestsPerHour: band,
      requestsPerDay: band,
      bytesPerDay: band,
      surprisesPerDay: Type.Record(Type.String(), Type.Number()),
      hourActivity: listOf(Type.Number(), '24 shares of weekdays, 24 of weekends, UTC'),
      today: Type.Object({
        requests: Type.Number(),
        bytes: Type.Number(),
        surprise: Type.Number({ description: 'nats' }),
        detectors: Type.Record(Type.String(), Type.Number()),
      }),
    }),
  ),
  usage: TokenUsage,
})
export type TokenBaseline = Static<typeof TokenBaseline>

export const Stats = Type.Object({
  version: Type.String(),
  nowMs: ms('Clock of the server'),
  startedMs: ms('Start of the server'),
  eventsStored: Type.Number(),
  eventsPerSecond: Type.Number(),
  tokens: Type.Number(),
  openIncidents: Type.Number({ description: 'Open and acknowledged' }),
  rejects: listOf(Type.Object({ reason: Type.String(), count: Type.Number() })),
  formats: listOf(
    Type.Object({ source: Type.String(), format: Type.String(), records: Type.Number() }),
  ),
  streams: listOf(
    Type.Object({
      source: Type.String(),
      partition: Type.Number(),
      watermark: Type.Number({ description: 'Last stored offset, -1 for none' }),
      bufferedEvents: Type.Number(),
      lagRecords: maybe(Type.Number()),
    }),
  ),
  dependencies: listOf(
    Type.Object({
      name: Type.String(),
      isHealthy: Type.Boolean(),
      detail: Type.String(),
      sinceMs: ms('Wall clock'),
    }),
  ),
  demo: maybe(Type.Object({ phase: Type.String({ description: 'What is happening, in words' }) })),
})
export type Stats = Static<typeof Stats>

export const TrafficHour = Type.Object({
  hourMs: ms('Start of the hour'),
  events: Type.Number(),
  refused: Type.Number(),
  findings: Type.Number(),
})
export type TrafficHour = Static<typeof TrafficHour>
