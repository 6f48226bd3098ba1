import type { AccessEvent, Fingerprint } from '../../../../src/domain/access-event.ts'
import type { TokenRegistry } from '../../../../src/domain/registered-token.ts'

/** One attack on one token. */
export interface AttackLabel {
  readonly token: Fingerprint
  readonly kind: string
}

/** One call and the truth about it, which no detector is shown. */
export interface Call {
  readonly event: AccessEvent
  /** Present when it belongs to an attack. */
  readonly attack: AttackLabel | undefined
}

/** A stretch of innocent oddness, to explain a false alert by. */
export interface Oddity {
  readonly kind: string
  readonly tokens: ReadonlySet<Fingerprint>
  readonly startMs: number
  readonly endMs: number
}

export interface BenchWorld {
  readonly startMs: number
  /** Archetype of every token that its owner uses. */
  readonly archetypes: ReadonlyMap<Fingerprint, string>
  readonly oddities: readonly Oddity[]
  readonly registry: TokenRegistry
  /** The calls of each UTC day, in the order in which they arrive; some are late. */
  days(): Generator<readonly Call[], void, undefined>
}

export interface WorldOptions {
  readonly seed: number
  /** The make's own number when undefined, as the next one. */
  readonly tokens: number | undefined
  readonly days: number | undefined
  readonly hasAttacks: boolean
}

/** A make of worlds: one generator, any number of seeds. */
export interface WorldMake {
  readonly name: string
  create(options: WorldOptions): BenchWorld
}
