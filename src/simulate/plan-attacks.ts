import type { Attack } from './attacks/attack.ts'
import type { AttackKind } from './attacks/attack-kind.ts'
import { attacks } from './attacks/attacks.ts'
import type { Overlay } from './overlay.ts'
import { createRandom, type Random } from './random.ts'
import type { AttackLabel } from './simulated-call.ts'
import type { WorldToken } from './token.ts'

/** An attack with some of its circumstances given; what is absent is drawn. */
export interface AttackRequest {
  readonly kind: AttackKind
  /** Begins here; some attacks wait for a certain hour of the day. */
  readonly startMs?: number
  /** Of the victim. */
  readonly credentialId?: string
  /** Multiplies the thief's calls per hour; 1 when absent. */
  readonly intensity?: number
}

interface Span {
  readonly seed: number
  readonly tokens: readonly WorldToken[]
  readonly startMs: number
  readonly endMs: number
}

/**
 * Finds a victim for every attack, each token at most once, and lays the attack over its traffic.
 * What would begin after the end of the world has no label.
 *
 * @throws RangeError when no token is left that suits
 */
export function planAttacks(requests: readonly (AttackKind | AttackRequest)[], span: Span) {
  const overlays: Overlay[] = []
  const labels: AttackLabel[] = []
  const revokedAtMs = new Map<string, number>()
  const taken = new Set<string>()
  for (const [index, entry] of requests.entries()) {
    const request: AttackRequest = typeof entry === 'string' ? { kind: entry } : entry
    const attack = attacks.find(({ kind }) => kind === request.kind)
    if (attack === undefined) throw new RangeError(`no such attack: ${request.kind}`)
    const attackId = `attack-${index + 1}`
    const random = createRandom(span.seed, 'attack', index, request.kind)
    const victim = chooseVictim(span.tokens, { attack, request, taken, random })
    taken.add(victim.token)
    const plan = attack.plan({
      attackId,
      victim,
      startMs: request.startMs ?? drawStart(span, random),
      worldStartMs: span.startMs,
      random,
      intensity: request.intensity ?? 1,
    })
    overlays.push(...plan.overlays)
    const inWorld = plan.overlays.filter(overlay => overlay.startMs < span.endMs)
    labels.push(...inWorld.flatMap(overlay => labelOf(overlay, attack.kind)))
    if (plan.revokedAtMs !== undefined) revokedAtMs.set(victim.token, plan.revokedAtMs)
  }
  return { overlays, labels, revokedAtMs }
}

function chooseVictim(
  tokens: readonly WorldToken[],
  choice: {
    readonly attack: Attack
    readonly request: AttackRequest
    readonly taken: ReadonlySet<string>
    readonly random: Random
  },
): WorldToken {
  const { attack, request, taken, random } = choice
  const suitable = tokens.filter(
    ({ token, credentialId, archetype }) =>
      !taken.has(token) &&
      (request.credentialId === undefined
        ? archetype !== 'daily-sync' && attack.suits(archetype)
        : request.credentialId === credentialId),
  )
  if (suitable.length === 0) throw new RangeError(`no token left that suits ${attack.kind}`)
  return random.pick(suitable)
}

/** In the last 40 % of the world, early enough for most of the attack to happen. */
function drawStart({ startMs, endMs }: Span, random: Random): number {
  return Math.floor(startMs + (endMs - startMs) * (0.6 + 0.25 * random.next()))
}

function labelOf(overlay: Overlay, kind: AttackKind): readonly AttackLabel[] {
  const { attack, bearer, startMs, endMs } = overlay
  if (attack === undefined) return []
  const { token, credentialId, tenant } = bearer
  return [{ ...attack, kind, token, credentialId, tenant: tenant.name, startMs, endMs }]
}
