import { createRandom } from '../../../../../src/simulate/random.ts'
import { dayMs, hourMs } from '../../../../support/traffic.ts'
import { between, negativeBinomial } from '../draws.ts'
import { sittings } from '../moments.ts'
import { hostIn, placeIn, providersOf, type Source, sourceAt, sourceOf } from '../providers.ts'
import { browserAgent, browserKinds, tools } from './agents.ts'
import {
  type Archetype,
  chooseObjects,
  chooseOperations,
  type HabitContext,
  heldFor,
  isWeekend,
} from './habit.ts'

/** What people have in common: a browser that renews itself every four weeks, now and then a tool. */
function personOf({ tenant, random, startMs }: HabitContext) {
  const kind = random.integer(browserKinds)
  const phaseMs = random.next() * 28 * dayMs
  const tool = random.pick(tools)
  const toolShare = random.chance(0.3) ? 0.05 + 0.2 * random.next() : 0
  const isAdmin = random.chance(0.12)
  const operations = chooseOperations(tenant, 6 + random.integer(10), random)
  return {
    agentAt: (tsMs: number, draws: { chance(probability: number): boolean }) =>
      draws.chance(toolShare)
        ? tool
        : browserAgent(kind, 130 + Math.floor((tsMs - startMs + phaseMs) / (28 * dayMs))),
    operations: isAdmin
      ? [...operations.slice(0, 4), ...tenant.adminOperations.slice(0, 5)]
      : operations,
    objects: chooseObjects(random),
    failureShare: random.logNormal(0.012, 0.7),
    bytesSigma: between(random, 0.5, 1),
  }
}

/** At the office, at home, sometimes in a café or on the telephone's network; seldom late or abroad. */
const desk: Archetype = {
  id: 'desk',
  weight: 17,
  isProgram: false,
  keepsHours: true,
  createHabit(context) {
    const { tenant, random, seed } = context
    const home = placeIn(random.pick(providersOf('fixed', tenant.country)), random)
    const homeHost = hostIn(random)
    const carrier = random.pick(providersOf('carrier', tenant.country))
    const homeShare = random.next() * 0.6
    const arrives = 7.5 + 2 * random.next()
    const perDay = random.logNormal(32, 0.5)
    const tripDay = random.chance(0.12)
      ? Math.floor(context.startMs / dayMs) + random.integer(42)
      : 0
    const abroad = placeIn(random.pick(providersOf('fixed', `!${tenant.country}`)), random)
    const placeOfDay = heldFor(seed, dayMs / 2, (draws, slot): ((tsMs: number) => Source) => {
      const day = Math.floor(slot / 2)
      if (day >= tripDay && day < tripDay + 3) return () => sourceAt(abroad, homeHost)
      const where = draws.next()
      if (where < homeShare) return () => sourceAt(home, homeHost)
      if (where > 0.97) {
        const cafe = sourceOf(draws.pick(providersOf('fixed', tenant.country)), draws)
        return () => cafe
      }
      if (where > 0.92) {
        return tsMs => sourceOf(carrier, createRandom(seed, 'carrier', Math.floor(tsMs / hourMs)))
      }
      return tsMs => sourceAt(tenant.officeAt(tsMs), 10 + (seed & 3))
    })
    return {
      ...personOf(context),
      moments(day, draws, level) {
        if (isWeekend(day) ? draws.chance(0.93) : draws.chance(0.08)) return []
        const isLate = draws.chance(0.05)
        const count = 1 + draws.integer(5)
        const shape = { calls: (perDay * level) / count, size: 1.5, gapMs: 40_000 }
        return [
          ...sittings(day, draws, { ...shape, count, hours: [arrives, arrives + 8.5] }),
          ...(isLate ? sittings(day, draws, { ...shape, count: 1, hours: [19.5, 24] }) : []),
        ]
      },
      sourceAt: tsMs => placeOfDay(tsMs)(tsMs),
    }
  },
}

/** A few days a week, from changing countries, half of the time behind a VPN. */
const contractor: Archetype = {
  id: 'contractor',
  weight: 6,
  isProgram: false,
  keepsHours: false,
  createHabit(context) {
    const { random, seed } = context
    const homeCountry = random.pick(['PL', 'RO', 'IN', 'BR', 'TR', 'ES', 'DE'])
    const brand = random.pick(providersOf('vpn')).asn
    const exits = providersOf('vpn').filter(({ asn }) => asn === brand)
    const vpnShare = random.next()
    const stay = heldFor(seed, (5 + random.integer(8)) * dayMs, draws => {
      const country = draws.chance(0.65) ? homeCountry : undefined
      return placeIn(draws.pick(providersOf('fixed', country)), draws)
    })
    const place = heldFor(seed, dayMs / 4, (draws, slot) =>
      draws.chance(vpnShare)
        ? sourceOf(draws.pickByRank(exits), draws)
        : sourceAt(stay((slot * dayMs) / 4), 5 + (seed % 200)),
    )
    const perDay = random.logNormal(35, 0.5)
    return {
      ...personOf(context),
      moments(day, draws, level) {
        if (draws.chance(isWeekend(day) ? 0.8 : 0.35)) return []
        const count = 1 + draws.integer(4)
        const calls = (perDay * level) / count
        return sittings(day, draws, { count, calls, size: 1.2, gapMs: 45_000, hours: [8, 22] })
      },
      sourceAt: place,
    }
  },
}

/** A terminal in a shop: opens and closes at the same hour, closed on Sundays. */
const kiosk: Archetype = {
  id: 'kiosk',
  weight: 7,
  isProgram: false,
  keepsHours: true,
  createHabit(context) {
    const { tenant, random } = context
    const place = placeIn(random.pick(providersOf('fixed', tenant.country)), random)
    const host = hostIn(random)
    const opens = random.pick([7, 8, 9, 10])
    const perDay = random.logNormal(50, 0.4)
    const person = personOf(context)
    const userAgent = browserAgent(random.integer(browserKinds), 118)
    return {
      ...person,
      operations: person.operations.slice(0, 5),
      agentAt: () => userAgent,
      moments(day, draws, level) {
        if (day.weekday === 0) return []
        const count = negativeBinomial(draws, (perDay * level) / 3, 8)
        return sittings(day, draws, {
          count,
          calls: 3,
          size: 4,
          gapMs: 15_000,
          hours: [opens, opens + 9.5],
        })
      },
      sourceAt: () => sourceAt(place, host),
    }
  },
}

/** Used once or twice a week, from wherever its owner is. */
const occasional: Archetype = {
  id: 'occasional',
  weight: 8,
  isProgram: false,
  keepsHours: false,
  createHabit(context) {
    const { tenant, random, seed } = context
    const home = placeIn(random.pick(providersOf('fixed', tenant.country)), random)
    const usedOn = 0.15 + 0.2 * random.next()
    const calls = random.logNormal(7, 0.5)
    const tool = random.pick(tools)
    return {
      ...personOf(context),
      agentAt: () => tool,
      moments(day, draws, level) {
        if (!draws.chance(usedOn)) return []
        return sittings(day, draws, {
          count: 1,
          calls: calls * level,
          size: 2,
          gapMs: 60_000,
          hours: [8, 21],
        })
      },
      sourceAt(tsMs) {
        // The home provider gives out another address every week or so.
        const week = createRandom(seed, Math.floor(tsMs / (8 * dayMs)))
        const isAtOffice = createRandom(seed, Math.floor(tsMs / dayMs), 'office').chance(0.3)
        return isAtOffice
          ? sourceAt(tenant.officeAt(tsMs), 12)
          : sourceAt({ ...home, subnet: week.integer(6) + (home.subnet % 200) }, hostIn(week))
      },
    }
  },
}

export const people: readonly Archetype[] = [desk, contractor, kiosk, occasional]
