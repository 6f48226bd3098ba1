import { lookAlikes } from './look-alikes/look-alikes.ts'
import type { Overlay } from './overlay.ts'
import { createRandom } from './random.ts'
import type { LookAlikeLabel } from './simulated-call.ts'
import type { WorldToken } from './token.ts'

interface Span {
  readonly seed: number
  readonly tokens: readonly WorldToken[]
  readonly startMs: number
  readonly endMs: number
}

/** Every kind asked for (all when undefined) once per hundred tokens, each time at a drawn tenant. */
export function planLookAlikes(kinds: readonly string[] | undefined, span: Span) {
  const { seed, tokens, startMs, endMs } = span
  const overlays: Overlay[] = []
  const labels: LookAlikeLabel[] = []
  const tenants = [...new Set(tokens.map(({ tenant }) => tenant))]
  const rounds = Math.ceil(tokens.length / 100)
  for (const lookAlike of lookAlikes.filter(({ kind }) => kinds?.includes(kind) ?? true)) {
    for (let round = 0; round < rounds; round += 1) {
      const random = createRandom(seed, 'look-alike', lookAlike.kind, round)
      const tenant = random.pick(tenants)
      const planned = lookAlike.plan({
        tenant,
        tokens: tokens.filter(token => token.tenant === tenant),
        startMs: Math.floor(startMs + (endMs - startMs) * (0.3 + 0.6 * random.next())),
        worldEndMs: endMs,
        random,
      })
      overlays.push(...planned)
      labels.push(...labelOf(lookAlike.kind, planned))
    }
  }
  return { overlays, labels }
}

function labelOf(kind: string, planned: readonly Overlay[]): readonly LookAlikeLabel[] {
  const [first] = planned
  if (first === undefined) return []
  const { startMs, endMs, bearer } = first
  const tokens = planned.map(({ bearer: { token } }) => token)
  return [{ kind, tenant: bearer.tenant.name, tokens, startMs, endMs }]
}
