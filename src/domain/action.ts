import type { Fingerprint } from './access-event.ts'

export const actionKinds = ['restrict', 'suspend', 'revoke'] as const
export type ActionKind = (typeof actionKinds)[number]

export const actionModes = ['dry-run', 'approve', 'auto'] as const
export type ActionMode = (typeof actionModes)[number]

/**
 * planned (a dry run: what would have been done) · withheld (a safeguard said no) · awaiting (an
 * approval) · executing (written before it is tried) · succeeded · failed (all attempts used).
 */
export const actionStates = [
  'planned',
  'withheld',
  'awaiting',
  'executing',
  'succeeded',
  'failed',
] as const
export type ActionState = (typeof actionStates)[number]

/** One decision to act on a token, and what became of it. Append-only by version. */
export interface Action {
  /** Deterministic (incident, kind, revoker): also the idempotency key of the call. */
  readonly id: string
  readonly incidentId: string
  readonly kind: ActionKind
  readonly mode: ActionMode
  readonly state: ActionState
  /** Id in the registry of revokers, for instance `webhook`. */
  readonly revoker: string
  readonly token: Fingerprint
  readonly tokenHint: string
  readonly credentialId: string | undefined
  readonly consumer: string | undefined
  readonly application: string | undefined
  readonly tenant: string
  readonly gateway: string
  /** Name of the policy rule that asked for it; `manual` for a person. */
  readonly rule: string
  /** In words: why it is done, or why it is withheld. */
  readonly reason: string
  /** `policy` or the name of the API key. */
  readonly actor: string
  readonly attempts: number
  /** Process that carries it out, or did; empty before. */
  readonly owner: string
  /** Outcome of the last attempt, in our words; empty before the first. */
  readonly lastOutcome: string
  readonly requestedMs: number
  readonly updatedMs: number
  /** Event time from which the token must be refused; set when the call succeeded. */
  readonly effectiveMs: number | undefined
  readonly version: number
}

/** refused: 401/403 seen after the action · silent: not called since · still_serving: answered otherwise. */
export type ContainmentState = 'refused' | 'silent' | 'still_serving'

/** What one gateway node did with a token after an action. */
export interface NodeContainment {
  readonly gateway: string
  readonly node: string
  readonly state: ContainmentState
  /** Event times, ms. */
  readonly firstRefusedMs: number | undefined
  readonly lastRefusedMs: number | undefined
  readonly lastServedMs: number | undefined
  readonly servedAfterCount: number
  readonly refusedCount: number
}

/** The proof, from the log stream, of whether an action took effect. */
export interface Containment {
  readonly actionId: string
  readonly incidentId: string
  readonly token: Fingerprint
  readonly effectiveMs: number
  readonly nodes: readonly NodeContainment[]
  /** Worst of the nodes. */
  readonly state: ContainmentState
  readonly updatedMs: number
}

/** One line of the audit log: every decision, also "withheld because …". */
export interface AuditEntry {
  readonly id: string
  readonly atMs: number
  /** `policy`, `system` or the name of an API key. */
  readonly actor: string
  /** Verb with a dot: `action.executed`, `action.withheld`, `incident.resolved`, `key.created`. */
  readonly verb: string
  /** Kind and id of the thing: `incident:…`, `action:…`. */
  readonly subject: string
  readonly tenant: string
  readonly detail: string
}

/** One attempt to deliver an alert. */
export interface Delivery {
  readonly id: string
  readonly incidentId: string
  readonly incidentVersion: number
  /** Id in the registry of channels. */
  readonly channel: string
  readonly attempt: number
  /** Process that made it and makes the next one. */
  readonly owner: string
  readonly atMs: number
  readonly outcome: 'delivered' | 'retrying' | 'failed'
  /** Status and our words; never a foreign body. */
  readonly detail: string
}
