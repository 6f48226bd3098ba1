import type { EntityKind, Fingerprint, NetworkType } from './access-event.ts'
import type { SourcePosition } from './source-position.ts'

export const severities = ['low', 'medium', 'high', 'critical'] as const
export type Severity = (typeof severities)[number]

/** One detector's judgment: what was seen, what was expected, how rare that is for this token. */
export interface Evidence {
  /** Id in the registry of detectors, for instance `new-network`. */
  readonly detector: string
  readonly observed: number
  /** What the baseline predicts, in the unit of `observed`. */
  readonly expected: number
  /** Calibrated -ln P(a token-day reaches this), nats, finite, >= 0. */
  readonly surprise: number
  /** Share of the finding's score that this piece carries, nats, >= 0. */
  readonly contribution: number
  /** The values that were new or extreme, at most 5, redacted: `AS64500`, `DE`, `GET /admin`. */
  readonly values: readonly string[]
  /** One sentence: "expected … saw …; once in about N token-days". */
  readonly text: string
  /** One sentence on the history behind the expectation. */
  readonly history: string
}

/** The call that raised a finding, as far as a human or a policy needs it. */
export interface Trigger {
  readonly ip: string
  readonly prefix: string
  readonly asn: number
  readonly country: string
  readonly networkType: NetworkType
  readonly client: string
  readonly method: string
  readonly route: string
  readonly status: number
  readonly gateway: string
  readonly node: string
}

/** Evidence worth keeping: one token, one moment. */
export interface Finding extends SourcePosition {
  /** Deterministic: the same events give the same id, so a replay creates nothing twice. */
  readonly id: string
  /** Event time at which it was raised, ms since epoch. */
  readonly ts: number
  readonly entity: EntityKind
  readonly token: Fingerprint
  readonly tokenHint: string
  readonly credentialId: string | undefined
  readonly consumer: string | undefined
  readonly application: string | undefined
  readonly tenant: string
  /** Detectors with a positive contribution, largest first. */
  readonly detectors: readonly string[]
  /** -ln P(a normal token-day scores this high), nats: comparable across tokens. */
  readonly surprise: number
  /** 0 to 100. */
  readonly risk: number
  readonly severity: Severity
  /** At or above the alert budget: becomes (part of) an incident. */
  readonly isAlert: boolean
  readonly evidence: readonly Evidence[]
  readonly trigger: Trigger
  readonly scorerVersion: string
}
