import type { Caller } from '../behavior.ts'
import { thiefAgents } from '../clients.ts'
import { type NetworkKind, networksOf, sourceIn } from '../networks.ts'
import type { Overlay } from '../overlay.ts'
import type { Random } from '../random.ts'
import { adminRoutes, type Route } from '../routes.ts'
import type { WorldToken } from '../token.ts'
import type { AttackKind } from './attack-kind.ts'

/** What an attack is planned from. */
interface AttackContext {
  readonly attackId: string
  readonly victim: WorldToken
  /** The theft begins here or, where the attack needs an hour of the day, at its next occurrence. */
  readonly startMs: number
  readonly worldStartMs: number
  readonly random: Random
  /** Multiplies the thief's calls per hour. */
  readonly intensity: number
}

interface AttackPlan {
  readonly overlays: readonly Overlay[]
  /** When the gateway's operators revoked the victim. */
  readonly revokedAtMs?: number
}

export interface Attack {
  readonly kind: AttackKind
  /** Whether it means anything for a token used in this way. */
  suits(archetype: string): boolean
  plan(context: AttackContext): AttackPlan
}

/** A thief in a network of a kind, anywhere but in the victim's country. */
export function foreignThief(victim: WorldToken, kind: NetworkKind, random: Random): Caller {
  const { country, cloud, secondCloud } = victim.tenant
  const known = [country, cloud.country, secondCloud.country]
  const networks = networksOf(kind).filter(network => !known.includes(network.country))
  return { source: sourceIn(random.pick(networks), random), userAgent: random.pick(thiefAgents) }
}

/** One call to what only administrators may reach; nearly always refused. */
export function probeAdmin(random: Random, succeeds = 0.05) {
  const route = random.pick(adminRoutes)
  const status = random.chance(succeeds) ? route.status : random.pick([403, 403, 403, 404])
  return { route, objectId: 1 + random.integer(50), status }
}

/** A call that the owner could have made, mostly on objects that the owner never touches. */
export function useAsOwner(victim: WorldToken, random: Random) {
  const { routes, objects } = victim.behavior
  const route: Route = random.pick(routes)
  const objectId = objects.first + random.integer(20 * objects.count)
  return { route, objectId, status: random.chance(0.06) ? 404 : route.status }
}
