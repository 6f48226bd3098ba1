import type { Static, TSchema } from 'typebox'
import type { Action, ActionKind } from '../domain/action.ts'
import type { Incident } from '../domain/incident.ts'
import type { Fault } from '../domain/operator-error.ts'

/** What became of one call; `detail` in our words, never a foreign text. */
export type RevokerOutcome =
  | { readonly kind: 'accepted'; readonly detail: string }
  | {
      readonly kind: 'unavailable'
      readonly detail: string
      readonly retryAfterMs?: number | undefined
    }
  | { readonly kind: 'refused'; readonly detail: string }

/** One way to a gateway or an identity provider, ready to use. */
export interface Revoker {
  readonly id: string
  readonly kinds: readonly ActionKind[]
  /**
   * One attempt, with the action's id as idempotency key. Never throws: a failure is an outcome.
   *
   * @param incident - for the reasons; absent when it is no longer in memory
   */
  call(action: Action, incident: Incident | undefined): Promise<RevokerOutcome>
  close(): Promise<void>
}

export interface RevokerContext {
  readonly clock: () => number
}

/** A member of the registry: its settings, what can be wrong with them, and how it is opened. */
export interface RevokerType<Schema extends TSchema = TSchema> {
  readonly id: string
  readonly settings: Schema
  /** Paths are relative to the member's settings. */
  faults(settings: Static<Schema>): readonly Fault[]
  /** Undefined when it is not configured. */
  open(settings: Static<Schema>, context: RevokerContext): Revoker | undefined
}
