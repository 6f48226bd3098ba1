import type { EntityKind, Fingerprint } from './access-event.ts'
import type { Evidence, Severity, Trigger } from './finding.ts'

export const incidentStates = ['open', 'acknowledged', 'resolved', 'false_positive'] as const
export type IncidentState = (typeof incidentStates)[number]

/** Findings of one token, grouped; has a life cycle. */
export interface Incident {
  /** Deterministic: from the token and its first finding. */
  readonly id: string
  readonly entity: EntityKind
  readonly token: Fingerprint
  readonly tokenHint: string
  readonly credentialId: string | undefined
  readonly consumer: string | undefined
  readonly application: string | undefined
  readonly tenant: string
  readonly state: IncidentState
  /** The highest that it had: never falls by itself. */
  readonly severity: Severity
  readonly risk: number
  readonly surprise: number
  /** One line for a subject or a list. */
  readonly title: string
  readonly detectors: readonly string[]
  /** The strongest evidence of each detector, largest contribution first, at most 12. */
  readonly evidence: readonly Evidence[]
  /** The call of the strongest finding. */
  readonly trigger: Trigger
  /** At most the last 200. */
  readonly findingIds: readonly string[]
  readonly findingCount: number
  /** Event times, ms. */
  readonly firstTs: number
  readonly lastTs: number
  /** Wall clock, ms. */
  readonly openedMs: number
  readonly updatedMs: number
  /** Who acknowledged or closed it; empty when nobody did. */
  readonly actor: string
  readonly note: string
  /** Grows by one with every event; the current incident is the row with the highest. */
  readonly version: number
}

export const incidentEventKinds = [
  'opened',
  'finding_added',
  'acknowledged',
  'resolved',
  'false_positive',
  'reopened',
] as const
type IncidentEventKind = (typeof incidentEventKinds)[number]

/** One step in an incident's life, with the incident as it is after it. Append-only. */
export interface IncidentEvent {
  /** Deterministic: incident id and version. */
  readonly id: string
  readonly atMs: number
  readonly kind: IncidentEventKind
  readonly incident: Incident
}
