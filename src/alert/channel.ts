import type { Static, TSchema } from 'typebox'
import type { Action, NodeContainment } from '../domain/action.ts'
import type { Severity } from '../domain/finding.ts'
import type { Incident } from '../domain/incident.ts'
import type { Fault } from '../domain/operator-error.ts'

/** The day in numbers, for those who do not look at every incident. */
export interface Digest {
  /** `2026-03-14`, in the time zone of the job. */
  readonly day: string
  readonly tenant: string | undefined
  readonly eventCount: number
  readonly activeTokenCount: number
  readonly findingCount: number
  readonly openCount: number
  readonly openedCount: number
  readonly closedCount: number
  readonly falsePositiveCount: number
  readonly bySeverity: Readonly<Record<Severity, number>>
  readonly actionCount: number
  /** The most severe incidents of the day, at most 20. */
  readonly top: readonly Incident[]
}

interface Told {
  /** Same for every channel and attempt: the receiver's idempotency key. No full stop in it. */
  readonly id: string
  readonly atMs: number
}

export interface IncidentNotice extends Told {
  readonly kind: 'opened' | 'severity_raised' | 'resolved' | 'false_positive'
  readonly incident: Incident
}

/** An action that did not stop the token: it failed, or a gateway node goes on serving. */
export interface ActionNotice extends Told {
  readonly kind: 'action_failed' | 'still_serving'
  readonly incident: Incident
  readonly action: Action
  /** The node that still serves. */
  readonly node: NodeContainment | undefined
}

interface DigestNotice extends Told {
  readonly kind: 'digest'
  readonly digest: Digest
}

/** Something that people are told. */
export type Notice = IncidentNotice | ActionNotice | DigestNotice

/** What became of one attempt; `detail` in our words, never a foreign text. */
export type SendOutcome =
  | { readonly kind: 'accepted'; readonly detail: string }
  | {
      readonly kind: 'unavailable'
      readonly detail: string
      readonly retryAfterMs?: number | undefined
    }
  | { readonly kind: 'refused'; readonly detail: string }

/** One way to reach people, ready to use. */
export interface Channel {
  readonly id: string
  /** Kinds of notice that it is for. */
  readonly kinds: readonly Notice['kind'][]
  /** One attempt. Never throws: a failure is an outcome. */
  send(notice: Notice): Promise<SendOutcome>
  close(): Promise<void>
}

export interface ChannelContext {
  readonly clock: () => number
  /** Where the console is, without a slash at the end; empty when there is nothing to link to. */
  readonly consoleUrl: string
}

/** A member of the registry: its settings, what can be wrong with them, and how it is opened. */
export interface ChannelType<Schema extends TSchema = TSchema> {
  readonly id: string
  readonly settings: Schema
  /** Paths are relative to the member's settings. */
  faults(settings: Static<Schema>): readonly Fault[]
  /** Undefined when it is not configured. */
  open(settings: Static<Schema>, context: ChannelContext): Channel | undefined
}

export const noticeKinds: readonly Notice['kind'][] = [
  'opened',
  'severity_raised',
  'resolved',
  'false_positive',
  'action_failed',
  'still_serving',
  'digest',
]
