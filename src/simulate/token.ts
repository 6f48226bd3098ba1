import { archetypes } from './archetypes/archetypes.ts'
import { createDailySync, type SyncJob } from './archetypes/daily-sync.ts'
import type { Archetype, Behavior } from './behavior.ts'
import { createRandom, type Random } from './random.ts'
import type { Tenant } from './tenant.ts'

/** Who a key belongs to, as the gateway knows it. */
export interface Bearer {
  readonly token: string
  /** Absent for a key that somebody guessed. */
  readonly credentialId: string | undefined
  readonly consumer: string | undefined
  readonly application: string | undefined
  readonly tenant: Tenant
}

/** A token with an owner who uses it. */
export interface WorldToken extends Bearer {
  readonly index: number
  readonly credentialId: string
  readonly archetype: string
  readonly behavior: Behavior
  readonly issuedAtMs: number
}

interface TokenContext {
  readonly seed: number
  readonly index: number
  readonly tenant: Tenant
  readonly volume: number
  readonly startMs: number
}

/** A token of an archetype drawn by weight; the first ones go through all archetypes once. */
export function createToken(context: TokenContext): WorldToken {
  const random = createRandom(context.seed, 'token', context.index)
  const archetype = archetypes[context.index] ?? drawArchetype(random)
  const { tenant, volume } = context
  return {
    ...identity(context, archetype.id, random),
    archetype: archetype.id,
    behavior: archetype.createBehavior({ tenant, random, volume }),
  }
}

/** A token of a nightly synchronization. */
export function createSyncToken(context: TokenContext, job: SyncJob): WorldToken {
  const random = createRandom(context.seed, 'token', context.index)
  const { tenant, volume } = context
  return {
    ...identity(context, 'daily-sync', random),
    archetype: 'daily-sync',
    behavior: createDailySync(job, { tenant, random, volume }),
  }
}

/** A key of the right shape that no gateway ever issued. */
export function guessKey(random: Random): string {
  return `tw_demo_${random.hex(32)}`
}

/** A version 4 UUID. */
export function createCredentialId(random: Random): string {
  const variant = random.pick(['8', '9', 'a', 'b'])
  return `${random.hex(8)}-${random.hex(4)}-4${random.hex(3)}-${variant}${random.hex(3)}-${random.hex(12)}`
}

function identity(context: TokenContext, archetype: string, random: Random) {
  const { index, tenant, startMs } = context
  return {
    index,
    token: guessKey(random),
    credentialId: createCredentialId(random),
    consumer: `${tenant.name}-${archetype}-${index + 1}`,
    application: random.pick(tenant.applications),
    tenant,
    issuedAtMs: startMs - (30 + random.integer(300)) * 86_400_000,
  }
}

function drawArchetype(random: Random): Archetype {
  const total = archetypes.reduce((sum, { weight }) => sum + weight, 0)
  let left = random.next() * total
  const drawn = archetypes.find(({ weight }) => {
    left -= weight
    return left < 0
  })
  return drawn ?? random.pick(archetypes)
}
