import type { Overlay } from '../overlay.ts'
import type { Random } from '../random.ts'
import type { Tenant } from '../tenant.ts'
import type { WorldToken } from '../token.ts'

/** What a look-alike is planned from: one tenant and all its tokens. */
interface LookAlikeContext {
  readonly tenant: Tenant
  readonly tokens: readonly WorldToken[]
  readonly startMs: number
  readonly worldEndMs: number
  readonly random: Random
}

/** Innocent change that resembles an attack. */
export interface LookAlike {
  readonly kind: string
  /** Empty where no token of the tenant is of the right sort. */
  plan(context: LookAlikeContext): readonly Overlay[]
}

export const usedBy =
  (...archetypes: readonly string[]) =>
  (token: WorldToken) =>
    archetypes.includes(token.archetype)
