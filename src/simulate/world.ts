import type { SyncJob } from './archetypes/daily-sync.ts'
import type { AttackKind } from './attacks/attack-kind.ts'
import { drawOwnCalls, type PlannedCall } from './behavior.ts'
import { dayMs, type Hour, hourAt, hourMs } from './hour.ts'
import type { Overlay } from './overlay.ts'
import { type AttackRequest, planAttacks } from './plan-attacks.ts'
import { planLookAlikes } from './plan-look-alikes.ts'
import { createRandom, type Random } from './random.ts'
import type { AttackLabel, LookAlikeLabel, SimulatedCall } from './simulated-call.ts'
import { createTenant } from './tenant.ts'
import { type Bearer, createSyncToken, createToken, type WorldToken } from './token.ts'

export interface WorldOptions {
  /** Whole number: the same seed and options give the same calls. */
  readonly seed: number
  /** Tokens in use by their owners, besides those of `syncJobs`; 1 or more. */
  readonly tokens: number
  /** Length of the world; fractions allowed. */
  readonly days: number
  readonly startMs: number
  /** Each entry is staged once; with only a kind, victim and time are drawn from the last 40 %. */
  readonly attacks: readonly (AttackKind | AttackRequest)[]
  /** Kinds of innocent oddness to stage; all when absent. */
  readonly lookAlikes?: readonly string[]
  /** Multiplies how often owners call; 1 is about 130 calls per token and day. */
  readonly volume?: number
  /** Added to the local time of all tenants, whole hours in ms: moves all office hours. */
  readonly shiftMs?: number
  readonly syncJobs?: readonly SyncJob[]
}

/** A token as an operator's registry would list it. */
interface SimulatedToken {
  readonly token: string
  readonly credentialId: string
  readonly consumer: string | undefined
  readonly application: string | undefined
  readonly tenant: string
  readonly archetype: string
  readonly issuedAtMs: number
  readonly revokedAtMs: number | undefined
}

export interface World {
  readonly tokens: readonly SimulatedToken[]
  readonly labels: readonly AttackLabel[]
  readonly lookAlikes: readonly LookAlikeLabel[]
  /**
   * All calls in time order, or those at and after `fromMs`, drawn hour by hour as they are taken. Each
   * call of it begins anew.
   */
  events(fromMs?: number): Generator<SimulatedCall, void, undefined>
}

const tokensPerTenant = 15

/** Gateway instances of the simulated API: two in Europe, one in America. */
export const gatewayNodes = ['gw-eu-1', 'gw-eu-2', 'gw-us-1'] as const

/**
 * Tenants with tokens that are used in ordinary ways, and the attacks asked for.
 *
 * Every hour of every token is drawn from a stream of its own (see `createRandom`), so that an attack
 * on one token leaves the calls of all others as they are. Memory: the calls of one hour.
 *
 * @throws RangeError when a number is out of range or no token suits an attack
 */
export function createWorld(options: WorldOptions): World {
  checkOptions(options)
  const { seed, startMs, days } = options
  const endMs = startMs + days * dayMs
  const tokens = createTokens(options)
  const span = { seed, tokens, startMs, endMs }
  const staged = planAttacks(options.attacks, span)
  const innocent = planLookAlikes(options.lookAlikes, span)
  const overlays = [...innocent.overlays, ...staged.overlays]
  return {
    tokens: tokens.map(token => describeToken(token, staged.revokedAtMs.get(token.token))),
    labels: staged.labels,
    lookAlikes: innocent.labels,
    events: (fromMs = startMs) =>
      drawEvents({ ...span, overlays, startMs: Math.max(startMs, fromMs) }),
  }
}

function checkOptions({ seed, tokens, days, startMs }: WorldOptions): void {
  if (!Number.isSafeInteger(seed)) throw new RangeError('seed must be a whole number')
  if (!Number.isInteger(tokens) || tokens < 1) throw new RangeError('tokens must be 1 or more')
  if (!(days > 0)) throw new RangeError('days must be more than 0')
  if (!Number.isFinite(startMs)) throw new RangeError('startMs must be a time')
}

function createTokens(options: WorldOptions): readonly WorldToken[] {
  const { seed, startMs, volume = 1, shiftMs = 0, syncJobs = [] } = options
  const tenants = Array.from(
    { length: Math.max(2, Math.ceil(options.tokens / tokensPerTenant)) },
    (_, index) => createTenant(seed, index, shiftMs),
  )
  const contextOf = (index: number) => ({
    seed,
    index,
    tenant: createRandom(seed, 'home', index).pick(tenants),
    volume,
    startMs,
  })
  return [
    ...Array.from({ length: options.tokens }, (_, index) => createToken(contextOf(index))),
    ...syncJobs.map((job, index) => createSyncToken(contextOf(options.tokens + index), job)),
  ]
}

interface Drawing {
  readonly seed: number
  readonly tokens: readonly WorldToken[]
  readonly overlays: readonly Overlay[]
  readonly startMs: number
  readonly endMs: number
}

function* drawEvents(drawing: Drawing): Generator<SimulatedCall, void, undefined> {
  const { startMs, endMs } = drawing
  for (let at = Math.floor(startMs / hourMs) * hourMs; at < endMs; at += hourMs) {
    const calls = drawHour(drawing, at).filter(({ tsMs }) => tsMs >= startMs && tsMs < endMs)
    calls.sort((a, b) => a.tsMs - b.tsMs)
    yield* calls
  }
}

function drawHour({ seed, tokens, overlays }: Drawing, startMs: number): SimulatedCall[] {
  const calls: SimulatedCall[] = []
  const active = overlays.filter(
    overlay => overlay.startMs < startMs + hourMs && overlay.endMs > startMs,
  )
  for (const token of tokens) {
    const random = createRandom(seed, 'own', token.index, startMs / hourMs)
    const hour = hourAt(startMs, token.tenant.offsetMs)
    const changes = active.filter(({ bearer }) => bearer.token === token.token)
    for (const planned of drawOwnCalls(token.behavior, hour, random)) {
      const call = changed(planned, changes, random)
      if (call !== undefined) calls.push(complete(token, call, undefined, random))
    }
  }
  for (const [index, overlay] of active.entries()) {
    const random = createRandom(
      seed,
      'overlay',
      overlay.bearer.token,
      overlay.startMs,
      startMs,
      index,
    )
    calls.push(...added(overlay, hourAt(startMs, overlay.bearer.tenant.offsetMs), random))
  }
  return calls
}

function changed(planned: PlannedCall, overlays: readonly Overlay[], random: Random) {
  let call: PlannedCall | undefined = planned
  for (const { startMs, endMs, change } of overlays) {
    const isConcerned = change !== undefined && planned.tsMs >= startMs && planned.tsMs < endMs
    if (isConcerned && call !== undefined) call = change(call, random)
  }
  return call
}

function added(overlay: Overlay, hour: Hour, random: Random): readonly SimulatedCall[] {
  const { startMs, endMs, bearer, attack } = overlay
  const calls = overlay.add?.(hour, random) ?? []
  return calls
    .filter(({ tsMs }) => tsMs >= startMs && tsMs < endMs)
    .map(call => complete(bearer, call, attack?.attackId, random))
}

function complete(
  bearer: Bearer,
  call: PlannedCall,
  attackId: string | undefined,
  random: Random,
): SimulatedCall {
  const { token, credentialId, consumer, application, tenant } = bearer
  const { source, route, objectId, tsMs, status, latencyMs, bytesIn, bytesOut, userAgent } = call
  return {
    tsMs,
    token,
    credentialId,
    consumer,
    application,
    tenant: tenant.name,
    ...source,
    method: route.method,
    host: tenant.host,
    route: route.template,
    path: route.template.replace('{id}', String(objectId)),
    status,
    latencyMs,
    bytesIn,
    bytesOut,
    userAgent,
    gateway: 'kong',
    node: attackId === undefined ? nodeFor(source.country, random) : random.pick(gatewayNodes),
    attackId,
  }
}

/** The nearest instance, but for one call in twenty. Attackers come in everywhere. */
function nodeFor(country: string, random: Random): string {
  if (random.chance(0.05)) return random.pick(gatewayNodes)
  const isAmerica = country === 'US' || country === 'CA' || country === 'BR'
  return isAmerica ? gatewayNodes[2] : random.pick(gatewayNodes.slice(0, 2))
}

function describeToken(token: WorldToken, revokedAtMs: number | undefined): SimulatedToken {
  const { credentialId, consumer, application, tenant, archetype, issuedAtMs } = token
  return {
    token: token.token,
    credentialId,
    consumer,
    application,
    tenant: tenant.name,
    archetype,
    issuedAtMs,
    revokedAtMs,
  }
}
