import type { RegisteredToken } from '../../../../src/domain/registered-token.ts'
import { attackKinds } from '../../../../src/simulate/attacks/attack-kind.ts'
import { scriptAgents, serverAgents, thiefAgents } from '../../../../src/simulate/clients.ts'
import type { AttackRequest } from '../../../../src/simulate/plan-attacks.ts'
import { createRandom } from '../../../../src/simulate/random.ts'
import type { SimulatedCall } from '../../../../src/simulate/simulated-call.ts'
import { createWorld, type World } from '../../../../src/simulate/world.ts'
import { dayMs, startMs } from '../../../support/traffic.ts'
import { accessEvent, fingerprintOf, registryOf } from './access-event.ts'
import type { AttackLabel, BenchWorld, Call, WorldMake, WorldOptions } from './bench-world.ts'

/** Calls are a third of the simulator's usual ones: 40 per token and day. */
const volume = 0.3
/** Thieves are as much quieter, and some of them careful; least and most, log-uniform. */
const intensities = [0.05, 0.4] as const
const tokensPerAttackOfAKind = 80
const firstAttackDay = 16

/** The product's own simulator: the world that the demo and the tests show. */
export const gateway: WorldMake = {
  name: 'gateway',
  create(options) {
    const { seed, tokens = 400, days = 42 } = options
    const world = createWorld({
      seed,
      tokens,
      days,
      startMs,
      volume,
      attacks: attacksOf({ ...options, tokens, days }),
    })
    return wrap(world)
  },
}

/** Each kind several times, at any moment from the third week to the last days. */
function attacksOf(options: {
  readonly seed: number
  readonly tokens: number
  readonly days: number
  readonly hasAttacks: WorldOptions['hasAttacks']
}): readonly AttackRequest[] {
  if (!options.hasAttacks) return []
  const random = createRandom(options.seed, 'attack-times')
  const rounds = Math.max(1, Math.round(options.tokens / tokensPerAttackOfAKind))
  const spanDays = Math.max(1, options.days - firstAttackDay - 4)
  return Array.from({ length: rounds }, () => attackKinds)
    .flat()
    .map(kind => ({
      kind,
      startMs: startMs + Math.floor((firstAttackDay + spanDays * random.next()) * dayMs),
      intensity: intensities[0] * (intensities[1] / intensities[0]) ** random.next(),
    }))
}

function wrap(world: World): BenchWorld {
  const labels = new Map<string, AttackLabel>()
  for (const { token, kind, role } of world.labels) {
    if (role === 'victim') labels.set(token, { token: fingerprintOf(token), kind })
  }
  const revoked = new Map<AttackLabel['token'], Partial<RegisteredToken>>()
  for (const { token, revokedAtMs } of world.tokens) {
    if (revokedAtMs !== undefined) revoked.set(fingerprintOf(token), { revokedAtMs })
  }
  return {
    startMs,
    archetypes: new Map(
      world.tokens.map(({ token, archetype }) => [fingerprintOf(token), archetype]),
    ),
    oddities: world.lookAlikes.map(({ kind, tokens, ...span }) => ({
      kind,
      tokens: new Set(tokens.map(fingerprintOf)),
      startMs: span.startMs,
      endMs: span.endMs,
    })),
    registry: registryOf(revoked),
    days: () => byDay(world.events(), labels),
  }
}

function* byDay(
  calls: Iterable<SimulatedCall>,
  labels: ReadonlyMap<string, AttackLabel>,
): Generator<readonly Call[], void, undefined> {
  const fingerprints = new Map<string, AttackLabel['token']>()
  let day = 0
  let made: Call[] = []
  for (const call of calls) {
    const nextDay = Math.floor(call.tsMs / dayMs)
    if (nextDay !== day && made.length > 0) {
      yield made
      made = []
    }
    day = nextDay
    const token = fingerprints.get(call.token) ?? fingerprintOf(call.token)
    fingerprints.set(call.token, token)
    made.push(toCall(call, token, labels))
  }
  yield made
}

function toCall(
  call: SimulatedCall,
  token: AttackLabel['token'],
  labels: ReadonlyMap<string, AttackLabel>,
): Call {
  const id = Number(/\/(\d+)(?:\/|$)/.exec(call.path)?.[1] ?? Number.NaN)
  return {
    event: accessEvent({
      ...call,
      token,
      userAgent: isThief(call) ? borrowedAgent(call.attackId ?? '') : call.userAgent,
      tokenHint: call.consumer ?? 'unknown',
      objectId: Number.isNaN(id) ? undefined : id,
    }),
    attack: call.attackId === undefined ? undefined : labels.get(call.token),
  }
}

/** The simulator gives thieves programs that nobody else has: too good a sign. They get those of others. */
const isThief = ({ attackId, userAgent }: SimulatedCall) =>
  attackId !== undefined && thiefAgents.some(agent => agent === userAgent)

function borrowedAgent(attackId: string): string {
  return createRandom('agent', attackId).pick([...serverAgents, ...scriptAgents])
}
