import { createRandom, type Random } from '../../../../../src/simulate/random.ts'
import { dayMs, hourMs } from '../../../../support/traffic.ts'
import { fingerprintOf } from '../access-event.ts'
import type { Draft, EngineToken, LocalDay } from '../day-engine.ts'
import { between, pickWeighted } from '../draws.ts'
import { spreadOver } from '../moments.ts'
import {
  type Adoption,
  type Archetype,
  chooseOperations,
  draftCall,
  drawOwnDay,
  type Habit,
} from './habit.ts'
import { machines } from './machines.ts'
import { people } from './people.ts'
import type { Span, Tenant } from './tenant.ts'

const archetypes = [...machines, ...people]
/** The first tokens of so many go through all archetypes: one of them is heavy, and no other. */
const tokensPerHeavy = 200

export interface FleetToken extends EngineToken {
  readonly tenant: Tenant
  readonly kind: Archetype
  readonly habit: Habit
  readonly bornDay: number
  readonly backfill: Span | undefined
  readonly growthPerDay: number
  /** Nobody calls meanwhile: leave, or a project that rests. */
  readonly rest: Span | undefined
}

export function createFleetToken(options: {
  readonly seed: number
  readonly index: number
  readonly tenant: Tenant
  readonly startMs: number
  readonly days: number
}): FleetToken {
  const { seed, index, tenant, startMs, days } = options
  const random = createRandom(seed, 'fleet-token', index)
  const kind = archetypes[index % tokensPerHeavy] ?? pickWeighted(random, archetypes)
  const habit = kind.createHabit({ tenant, random, startMs, seed: random.integer(2 ** 31) })
  const bornDay = random.chance(0.22) ? 1 + random.integer(days - 4) : 0
  const span = (share: number, hours: readonly [number, number]): Span | undefined => {
    const from = startMs + between(random, 8, days) * dayMs
    const endMs = from + between(random, ...hours) * hourMs
    return random.chance(share) ? { startMs: from, endMs } : undefined
  }
  const growthPerDay = random.chance(0.12) ? between(random, 0.006, 0.02) : 0
  const backfill = kind.isProgram ? span(0.06, [1, 4]) : undefined
  const rest = span(0.06, [5 * 24, 14 * 24])
  const hasKit = habit.agentAt(startMs, random).startsWith('acme-')
  const owner = {
    habit,
    tenant,
    isProgram: kind.isProgram,
    adoptions: adoptionsOf({ tenant, startMs, days, random }),
    upgradesMs: hasKit ? upgradesOf(tenant, random) : [],
  }
  const token: FleetToken = {
    index,
    token: fingerprintOf(`fleet ${seed} ${index}`),
    hint: `${kind.id}-${index}`,
    tenant,
    archetype: kind.id,
    kind,
    habit,
    bornDay,
    backfill,
    growthPerDay,
    rest,
    offsetMs: tenant.offsetMs,
    draw(day, draws) {
      if (day.index < bornDay) return []
      const level = (1 + growthPerDay) ** (day.index - bornDay) * busyDay(seed, tenant, day)
      const usual = drawOwnDay(owner, day, { random: draws, level })
      const drafts = rest === undefined ? usual : usual.filter(outside(rest))
      return backfill === undefined ? drafts : [...drafts, ...refill(token, backfill, day)]
    },
  }
  return token
}

const outside =
  ({ startMs, endMs }: Span) =>
  ({ tsMs }: Draft) =>
    tsMs < startMs || tsMs >= endMs

/** Now and then a whole tenant has two or three times as much to do: a sale, the end of a quarter. */
function busyDay(seed: number, tenant: Tenant, day: LocalDay): number {
  const random = createRandom(seed, 'busy', tenant.index, day.index)
  return random.chance(0.03) ? between(random, 1.5, 3) : 1
}

/** Some of the tenant's new operations soon after each release, and others by and by. */
function adoptionsOf(options: {
  readonly tenant: Tenant
  readonly startMs: number
  readonly days: number
  readonly random: Random
}): readonly Adoption[] {
  const { tenant, startMs, days, random } = options
  const released = tenant.releases
    .filter(() => random.chance(0.4))
    .map(({ atMs, operations }) => ({ atMs: atMs + random.next() ** 2 * 3 * dayMs, operations }))
  const byAndBy = Array.from({ length: random.poisson(0.6) }, () => ({
    atMs: startMs + random.next() * days * dayMs,
    operations: chooseOperations(tenant, 1 + random.integer(2), random),
  }))
  return [...released, ...byAndBy]
}

const upgradesOf = ({ releases }: Tenant, random: Random): readonly number[] =>
  releases
    .filter(({ raisesMajor }) => raisesMajor)
    .map(({ atMs }) => atMs + random.next() * 2 * dayMs)

/** A batch is run again over old records: twenty times the usual calls for some hours. */
function refill(token: FleetToken, span: Span, day: LocalDay): Draft[] {
  if (span.startMs < day.startMs || span.startMs >= day.startMs + dayMs) return []
  const { habit } = token
  const random = createRandom('refill', token.index, span.startMs)
  const count = Math.round(random.logNormal(350, 0.5))
  return spreadOver(random, span.startMs, span.endMs - span.startMs, count).map((tsMs, i) =>
    draftCall(habit, random, {
      tsMs,
      source: habit.sourceAt(tsMs, random),
      userAgent: habit.agentAt(tsMs, random),
      operation: random.pickByRank(habit.operations),
      objectId: habit.objects.first - 500 + i,
    }),
  )
}
