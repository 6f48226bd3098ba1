import type { Fingerprint } from '../../src/domain/access-event.ts'
import type { Action, AuditEntry, Containment, Delivery } from '../../src/domain/action.ts'
import type { Evidence, Finding, Trigger } from '../../src/domain/finding.ts'
import type { Incident, IncidentEvent } from '../../src/domain/incident.ts'
import type { DeadLetter } from '../../src/domain/reject.ts'

/** 2024-03-04T10:00:00Z, a Monday. */
export const monday = 1_709_546_400_000

/** A fingerprint that ends in the given number. */
export const tokenOf = (n: number) => n.toString(16).padStart(32, 'a0') as Fingerprint

export const anEvidence = (changes: Partial<Evidence> = {}): Evidence => ({
  detector: 'new-network',
  observed: 3,
  expected: 0.25,
  surprise: 9.5,
  contribution: 8.125,
  values: ['AS64500', 'DE'],
  text: 'Expected calls from AS64496, saw AS64500; once in about 13,000 token-days.',
  history: '30 active days.',
  ...changes,
})

export const aTrigger = (changes: Partial<Trigger> = {}): Trigger => ({
  ip: '203.0.113.9',
  prefix: '203.0.113.0/24',
  asn: 64_500,
  country: 'DE',
  networkType: 'hosting',
  client: 'python-requests/2',
  method: 'GET',
  route: '/orders/{id}',
  status: 200,
  gateway: 'kong',
  node: 'kong-1',
  ...changes,
})

const subject = {
  entity: 'token',
  token: tokenOf(1),
  tokenHint: 'sk_live_…',
  credentialId: 'cred-1',
  consumer: 'shop',
  application: 'checkout',
  tenant: 'acme',
} as const

/** Nothing but the token is known of it. */
export const anonymous = { credentialId: undefined, consumer: undefined, application: undefined }

export const aFinding = (changes: Partial<Finding> = {}): Finding => ({
  id: 'finding-1',
  ts: monday,
  source: 'access',
  partition: 0,
  offset: 7,
  index: 0,
  ...subject,
  detectors: ['new-network'],
  surprise: 14.5,
  risk: 91.25,
  severity: 'high',
  isAlert: true,
  evidence: [anEvidence()],
  trigger: aTrigger(),
  scorerVersion: '1',
  ...changes,
})

export const anIncident = (changes: Partial<Incident> = {}): Incident => ({
  id: 'incident-1',
  ...subject,
  state: 'open',
  severity: 'high',
  risk: 91.25,
  surprise: 14.5,
  title: 'Token used from a new network',
  detectors: ['new-network'],
  evidence: [anEvidence()],
  trigger: aTrigger(),
  findingIds: ['finding-1'],
  findingCount: 1,
  firstTs: monday,
  lastTs: monday,
  openedMs: monday + 1_000,
  updatedMs: monday + 1_000,
  actor: '',
  note: '',
  version: 1,
  ...changes,
})

export const anIncidentEvent = (
  changes: Partial<Incident> = {},
  kind: IncidentEvent['kind'] = 'opened',
): IncidentEvent => {
  const incident = anIncident(changes)
  return { id: `${incident.id}:${incident.version}`, atMs: incident.updatedMs, kind, incident }
}

export const anAction = (changes: Partial<Action> = {}): Action => {
  const { entity: _, ...token } = subject
  return {
    id: 'action-1',
    incidentId: 'incident-1',
    kind: 'revoke',
    mode: 'approve',
    state: 'awaiting',
    revoker: 'webhook',
    ...token,
    gateway: 'kong',
    rule: 'stolen-token',
    reason: 'Risk 91 from two detectors.',
    actor: 'policy',
    attempts: 0,
    owner: '',
    lastOutcome: '',
    requestedMs: monday + 2_000,
    updatedMs: monday + 2_000,
    effectiveMs: undefined,
    version: 1,
    ...changes,
  }
}

export const aContainment = (changes: Partial<Containment> = {}): Containment => ({
  actionId: 'action-1',
  incidentId: 'incident-1',
  token: tokenOf(1),
  effectiveMs: monday + 3_000,
  nodes: [
    {
      gateway: 'kong',
      node: 'kong-1',
      state: 'refused',
      firstRefusedMs: monday + 4_000,
      lastRefusedMs: monday + 4_000,
      lastServedMs: undefined,
      servedAfterCount: 0,
      refusedCount: 12,
    },
    {
      gateway: 'kong',
      node: '',
      state: 'still_serving',
      firstRefusedMs: undefined,
      lastRefusedMs: undefined,
      lastServedMs: monday + 5_000,
      servedAfterCount: 3,
      refusedCount: 0,
    },
  ],
  state: 'still_serving',
  updatedMs: monday + 5_000,
  ...changes,
})

export const anAuditEntry = (changes: Partial<AuditEntry> = {}): AuditEntry => ({
  id: 'audit-1',
  atMs: monday,
  actor: 'policy',
  verb: 'action.withheld',
  subject: 'action:action-1',
  tenant: 'acme',
  detail: 'The token is protected.',
  ...changes,
})

export const aDelivery = (changes: Partial<Delivery> = {}): Delivery => ({
  id: 'delivery-1',
  incidentId: 'incident-1',
  incidentVersion: 1,
  channel: 'email',
  attempt: 1,
  owner: 'process-1',
  atMs: Date.now(),
  outcome: 'delivered',
  detail: '250',
  ...changes,
})

export const aDeadLetter = (changes: Partial<DeadLetter> = {}): DeadLetter => ({
  source: 'access',
  partition: 3,
  offset: 41,
  index: 0,
  reason: 'bad_time',
  format: 'kong',
  field: 'started_at',
  keys: ['started_at', 'request.headers.authorization'],
  bytes: 812,
  receivedMs: Date.now(),
  ...changes,
})
