import type { Random } from '../../../../../src/simulate/random.ts'
import type { Draft, Intrusion, Operation } from '../day-engine.ts'
import { type Provider, providersOf, type Source, sourceOf } from '../providers.ts'
import { programs } from './agents.ts'
import type { FleetToken } from './fleet-token.ts'
import { draftCall } from './habit.ts'

export interface AttackContext {
  readonly victim: FleetToken
  readonly startMs: number
  readonly random: Random
}

interface AttackPlan {
  readonly drafts: readonly Draft[]
  readonly silentFromMs?: number
  readonly revokedAtMs?: number
  /** Calls of the same attacker with keys that nobody was issued. */
  readonly guesses?: readonly Intrusion[]
}

export interface FleetAttack {
  readonly kind: string
  /** Instead of one victim, so many at once, from one address. */
  readonly victims?: number
  /** Takes weeks. */
  readonly isSlow?: boolean
  suits(token: FleetToken): boolean
  plan(context: AttackContext): AttackPlan
}

/** Somebody who holds the key. */
export interface Thief {
  readonly sourceAt: (tsMs: number) => Source
  readonly agentAt: (tsMs: number) => string
}

/** Calls with the owner's key at the given moments. */
export function useKey(
  { victim, random }: AttackContext,
  thief: Thief,
  calls: {
    readonly moments: readonly number[]
    readonly operation?: (place: number) => Operation
    readonly objectId?: (place: number) => number
    readonly status?: (place: number) => number | undefined
    readonly bytesFactor?: number
  },
): Draft[] {
  const { habit } = victim
  const choose = calls.operation ?? (() => borrowedOperation(victim, random))
  return calls.moments.map((tsMs, place) => {
    const objectId = calls.objectId?.(place)
    const status = calls.status?.(place)
    return draftCall(habit, random, {
      tsMs,
      source: thief.sourceAt(tsMs),
      userAgent: thief.agentAt(tsMs),
      operation: choose(place),
      ...(objectId !== undefined && { objectId }),
      ...(status !== undefined && { status }),
      ...(calls.bytesFactor !== undefined && { bytesFactor: calls.bytesFactor }),
    })
  })
}

/** Mostly what the owner uses, sometimes another operation of the tenant. */
function borrowedOperation(victim: FleetToken, random: Random): Operation {
  return random.chance(0.8)
    ? random.pick(victim.habit.operations)
    : random.pick(victim.tenant.operations)
}

export const asOwner = ({ victim, random }: AttackContext): Thief => ({
  sourceAt: tsMs => victim.habit.sourceAt(tsMs, random),
  agentAt: tsMs => victim.habit.agentAt(tsMs, random),
})

/** From one address; with a program of others, or in every other case with the owner's. */
export function thiefAt(context: AttackContext, source: Source, ownAgentShare = 0.5): Thief {
  const { victim, random } = context
  const agent = random.pick(programs)
  const hasOwnAgent = random.chance(ownAgentShare)
  return {
    sourceAt: () => source,
    agentAt: tsMs => (hasOwnAgent ? victim.habit.agentAt(tsMs, random) : agent),
  }
}

/** Where thieves sit: the same networks as contractors, partners and travelers. */
function foreignProvider({ victim, random }: AttackContext): Provider {
  const elsewhere = `!${victim.tenant.country}`
  const share = random.next()
  if (share < 0.45) return random.pick(providersOf('hosting', elsewhere))
  if (share < 0.6) return random.pick(providersOf('cloud', elsewhere))
  if (share < 0.75) return random.pick(providersOf('vpn', elsewhere))
  return random.pick(providersOf('fixed', elsewhere))
}

export const foreignSource = (context: AttackContext) =>
  sourceOf(foreignProvider(context), context.random)

/** Another /24 of the network that the owner calls from at that time. */
export function sameNetworkSource({ victim, startMs, random }: AttackContext): Source {
  const { asn, country } = victim.habit.sourceAt(startMs, random)
  const kinds = ['fixed', 'carrier', 'hosting', 'cloud', 'vpn'] as const
  const network = kinds
    .flatMap(kind => providersOf(kind, country))
    .find(provider => provider.asn === asn)
  return sourceOf(network ?? random.pick(providersOf('fixed', country)), random)
}
