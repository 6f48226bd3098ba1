import { createRandom } from '../../../../../src/simulate/random.ts'
import { dayMs, hourMs } from '../../../../support/traffic.ts'
import { between } from '../draws.ts'
import { diurnal, hourly, spreadOver } from '../moments.ts'
import { hostIn, placeIn, providersOf, sourceAt, sourceOf } from '../providers.ts'
import { deviceAgents, integrationAgents, programs } from './agents.ts'
import {
  type Archetype,
  chooseObjects,
  chooseOperations,
  type HabitContext,
  heldFor,
  isWeekend,
} from './habit.ts'

const minuteMs = 60_000

/** What programs have in common. */
const programOf = (
  { tenant, random }: HabitContext,
  options: { readonly operations: number; readonly agents: readonly string[] },
) => {
  const agent = random.pick(options.agents)
  return {
    agentAt: () => agent,
    operations: chooseOperations(tenant, options.operations, random),
    objects: chooseObjects(random),
    failureShare: random.logNormal(0.006, 0.8),
    bytesSigma: between(random, 0.3, 0.8),
  }
}

/** A device that reports every half hour or so over a carrier that moves it to other addresses. */
const device: Archetype = {
  id: 'device',
  weight: 14,
  isProgram: true,
  keepsHours: false,
  createHabit(context) {
    const { tenant, random, seed } = context
    const carriers = providersOf('carrier', tenant.country)
    const [carrier, roaming] = [random.pick(carriers), random.pick(carriers)]
    const everyMs = random.pick([20, 30, 60, 60]) * minuteMs
    const address = heldFor(seed, random.pick([6, 12, 24]) * hourMs, draws =>
      sourceOf(draws.chance(0.93) ? carrier : roaming, draws),
    )
    return {
      ...programOf(context, { operations: 3, agents: deviceAgents }),
      moments(day, draws, level) {
        const silentFrom = draws.chance(0.06) ? draws.next() * dayMs : dayMs
        const count = Math.round((dayMs / everyMs) * level)
        return Array.from({ length: count }, (_, i) => (i + 0.3 * draws.next()) * everyMs)
          .filter(at => at < silentFrom && draws.chance(0.97))
          .map(at => day.startMs + at)
      },
      sourceAt: address,
    }
  },
}

/** Pods that come and go behind the addresses of a NAT pool, more of them when there is more to do. */
const pods: Archetype = {
  id: 'pods',
  weight: 14,
  isProgram: true,
  keepsHours: false,
  createHabit(context) {
    const { tenant, random, seed } = context
    const perDay = random.logNormal(55, 0.7)
    const weights = diurnal(14, random.next() * 0.8)
    const size = between(random, 0.8, 6)
    const most = 2 + random.integer(6)
    const pool = (tsMs: number) => {
      const provider = tenant.cloudAt(tsMs)
      // The pool is rebuilt about once in five weeks.
      return createRandom(seed, provider.block, Math.floor((tsMs / dayMs + seed) / 36))
    }
    return {
      ...programOf(context, { operations: 5 + random.integer(6), agents: programs }),
      moments: (day, draws, level) => hourly(day, draws, { perDay: perDay * level, size, weights }),
      sourceAt(tsMs, draws) {
        const hour = Math.floor(tsMs / hourMs) % 24
        const inUse = Math.max(1, Math.round((most * (weights[hour] ?? 1)) / 2))
        const slots = pool(tsMs)
        const provider = tenant.cloudAt(tsMs)
        const subnets = [slots.integer(provider.subnets), slots.integer(provider.subnets)]
        const gateway = draws.integer(inUse)
        return sourceAt({ provider, subnet: subnets[gateway % 2] ?? 0 }, 10 + gateway)
      },
    }
  },
}

/** A service that integrates others asks every quarter of an hour, from its own few addresses. */
const poller: Archetype = {
  id: 'poller',
  weight: 9,
  isProgram: true,
  keepsHours: false,
  createHabit(context) {
    const { random } = context
    const provider = random.pick(providersOf('cloud'))
    const places = Array.from({ length: 2 + random.integer(4) }, () => placeIn(provider, random))
    const phaseMs = random.next() * 15 * minuteMs
    const perPoll = random.pick([1, 1, 1, 2])
    return {
      ...programOf(context, { operations: 2 + random.integer(3), agents: integrationAgents }),
      moments(day, draws, level) {
        const polls = Array.from(
          { length: 96 },
          (_, i) => day.startMs + phaseMs + i * 15 * minuteMs,
        )
        return polls.flatMap(at =>
          draws.chance(0.98)
            ? spreadOver(draws, at, 4_000, Math.max(1, Math.round(perPoll * level)))
            : [],
        )
      },
      sourceAt: (_tsMs, draws) => sourceAt(draws.pick(places), 20 + draws.integer(2)),
    }
  },
}

/** A job once a night, a week or a month, of about the same length each time. */
const batch: Archetype = {
  id: 'batch',
  weight: 9,
  isProgram: true,
  keepsHours: true,
  createHabit(context) {
    const { tenant, random } = context
    const hour = random.integer(24) + random.next()
    const weekday = random.integer(7)
    const dayOfMonth = 1 + random.integer(28)
    const rhythm = random.pick(['night', 'night', 'week', 'month'])
    const calls = random.logNormal(rhythm === 'night' ? 40 : 160, 0.7)
    const host = hostIn(random)
    const subnet = random.integer(200)
    return {
      ...programOf(context, { operations: 2 + random.integer(3), agents: programs }),
      moments(day, draws, level) {
        const isDue =
          rhythm === 'night' ||
          (rhythm === 'week' && day.weekday === weekday) ||
          (rhythm === 'month' && (day.dayOfMonth === dayOfMonth || day.dayOfMonth === 1))
        if (!isDue) return []
        const count = Math.round(draws.logNormal(calls * level, 0.25))
        return spreadOver(draws, day.startMs + hour * hourMs, 12 * minuteMs, count)
      },
      sourceAt: tsMs => sourceAt({ provider: tenant.cloudAt(tsMs), subnet }, host),
    }
  },
}

/** Thousands of calls a day from a fleet of servers. */
const heavy: Archetype = {
  id: 'heavy',
  weight: 0,
  isProgram: true,
  keepsHours: false,
  createHabit(context) {
    const { tenant, random, seed } = context
    const perDay = random.logNormal(6_000, 0.25)
    const weights = diurnal(13, 0.5)
    const servers = 12 + random.integer(20)
    return {
      ...programOf(context, { operations: 14, agents: programs }),
      objects: chooseObjects(random, 20_000),
      moments: (day, draws, level) =>
        hourly(day, draws, { perDay: perDay * level, size: 25, weights }),
      sourceAt(tsMs, draws) {
        const provider = tenant.cloudAt(tsMs)
        const server = draws.integer(servers)
        // Each server lives for some ten days.
        const life = createRandom(seed, server, Math.floor(tsMs / (10 * dayMs) + server / servers))
        return sourceAt({ provider, subnet: life.integer(24) }, hostIn(life))
      },
    }
  },
}

/** Called back by what happens elsewhere: nothing for hours, then fifty at once. */
const webhooks: Archetype = {
  id: 'webhooks',
  weight: 8,
  isProgram: true,
  keepsHours: false,
  createHabit(context) {
    const { random } = context
    const provider = random.pick([...providersOf('cloud'), ...providersOf('hosting')])
    const places = Array.from({ length: 1 + random.integer(3) }, () => placeIn(provider, random))
    const perDay = random.logNormal(45, 0.8)
    return {
      ...programOf(context, { operations: 2 + random.integer(3), agents: programs }),
      moments: (day, draws, level) =>
        hourly(day, draws, {
          perDay: perDay * level * (isWeekend(day) ? 0.6 : 1),
          size: 0.25,
          weights: diurnal(15, 0.6),
        }),
      sourceAt: (_tsMs, draws) => sourceAt(draws.pick(places), 30 + draws.integer(3)),
    }
  },
}

/** Functions of a cloud: nearly every call has another address. */
const functions: Archetype = {
  id: 'functions',
  weight: 8,
  isProgram: true,
  keepsHours: false,
  createHabit(context) {
    const { tenant, random } = context
    const perDay = random.logNormal(50, 0.8)
    const size = between(random, 0.5, 3)
    return {
      ...programOf(context, { operations: 3 + random.integer(5), agents: programs }),
      moments: (day, draws, level) =>
        hourly(day, draws, { perDay: perDay * level, size, weights: diurnal(14, 0.5) }),
      sourceAt: (tsMs, draws) => sourceOf(tenant.cloudAt(tsMs), draws),
    }
  },
}

export const machines: readonly Archetype[] = [
  device,
  pods,
  poller,
  batch,
  heavy,
  webhooks,
  functions,
]
