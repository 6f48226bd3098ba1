import type { Fingerprint } from '../../../../../src/domain/access-event.ts'
import { createRandom } from '../../../../../src/simulate/random.ts'
import { dayMs } from '../../../../support/traffic.ts'
import { registryOf } from '../access-event.ts'
import type { Oddity, WorldMake } from '../bench-world.ts'
import { drawDays, type Intrusion } from '../day-engine.ts'
import { between } from '../draws.ts'
import { misuses } from './misuses.ts'
import { createModelToken, type ModelToken } from './model-token.ts'
import { createTeam, type Team } from './team.ts'

/** A Monday. */
const startMs = Date.UTC(2026, 4, 4)
const tokensPerTeam = 16
/** Of each kind in a world of 200 tokens. */
const rounds = 4
const firstAttackDay = 16
const leastDays = 3

/** Keys for language models: few operations, large calls, bursts of agents, batches, notebooks. */
export const models: WorldMake = {
  name: 'models',
  create({ seed, tokens: count = 200, days = 42, hasAttacks }) {
    const teams = Array.from(
      { length: Math.max(2, Math.round(count / tokensPerTeam)) },
      (_, index) => createTeam({ seed, index, startMs, days }),
    )
    const home = createRandom(seed, 'model-homes')
    const tokens = Array.from({ length: count }, (_, index) =>
      createModelToken({ seed, index, team: home.pick(teams), days }),
    )
    const planned = hasAttacks
      ? planMisuses({ seed, tokens, days })
      : { intrusions: [], silentFrom: new Map<Fingerprint, number>() }
    return {
      startMs,
      archetypes: new Map(tokens.map(({ token, archetype }) => [token, archetype])),
      oddities: [...teams.flatMap(team => teamOddities(team, tokens)), ...tokens.flatMap(newToken)],
      registry: registryOf(new Map()),
      days: () => drawDays({ seed, startMs, days, tokens, ...planned }),
    }
  },
}

function planMisuses(options: {
  readonly seed: number
  readonly tokens: readonly ModelToken[]
  readonly days: number
}) {
  const { seed, tokens, days } = options
  const random = createRandom(seed, 'model-misuses')
  const intrusions: Intrusion[] = []
  const silentFrom = new Map<Fingerprint, number>()
  const left = new Set(tokens)
  const endMs = startMs + days * dayMs
  const scale = Math.max(1, Math.round((rounds * tokens.length) / 200))
  for (const misuse of Array.from({ length: scale }, () => misuses).flat()) {
    const suitable = [...left].filter(token => misuse.suits(token))
    const victim = suitable[random.integer(suitable.length)]
    const beginsMs = startMs + between(random, firstAttackDay, days - leastDays) * dayMs
    if (victim === undefined) continue
    left.delete(victim)
    const own = createRandom(random.integer(2 ** 31))
    const drafts = misuse
      .plan({ victim, startMs: beginsMs, random: own })
      .filter(({ tsMs }) => tsMs < endMs)
    intrusions.push({ bearer: victim, label: { token: victim.token, kind: misuse.kind }, drafts })
    if (misuse.idleDays !== undefined) {
      silentFrom.set(victim.token, beginsMs - misuse.idleDays * dayMs)
    }
  }
  return { intrusions, silentFrom }
}

function teamOddities(team: Team, all: readonly ModelToken[]): readonly Oddity[] {
  const tokens = new Set(all.filter(token => token.team === team).map(({ token }) => token))
  const { successionMs, launchMs, moveMs, upgradeMs } = team
  const changes = {
    succession: successionMs,
    launch: launchMs,
    migration: moveMs,
    upgrade: upgradeMs,
  }
  return Object.entries(changes)
    .filter(([, atMs]) => Number.isFinite(atMs))
    .map(([kind, atMs]) => ({ kind, tokens, startMs: atMs, endMs: Number.POSITIVE_INFINITY }))
}

function newToken({ token, bornDay }: ModelToken): readonly Oddity[] {
  const bornMs = startMs + bornDay * dayMs
  return bornDay === 0
    ? []
    : [{ kind: 'new', tokens: new Set([token]), startMs: bornMs, endMs: Number.POSITIVE_INFINITY }]
}
