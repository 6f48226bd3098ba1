import { type Archetype, chooseObjects, chooseRoutes, sessions } from '../behavior.ts'
import { browserAgents } from '../clients.ts'
import { isWeekend } from '../hour.ts'
import { networkIn, sourceIn } from '../networks.ts'
import { createRandom } from '../random.ts'
import { businessRoutes } from '../routes.ts'

/** Somebody at a desk: weekdays, office hours, the office's address or on some days the one at home. */
export const officeHuman: Archetype = {
  id: 'office-human',
  weight: 18,
  createBehavior({ tenant, random, volume }) {
    const office = sourceIn(tenant.office.network, random, tenant.office.subnet)
    const home = sourceIn(networkIn('residential', tenant.country, random), random)
    const userAgent = random.pick(browserAgents)
    const arrives = 8 + random.integer(2)
    const sessionsPerHour = random.logNormal(1.2, 0.3) * volume
    const daySeed = random.integer(2 ** 31)
    return {
      moments: (hour, draws) => {
        const isAtWork = hour.local >= arrives && hour.local < arrives + 9 && hour.local !== 12
        if (isWeekend(hour) || !isAtWork) return []
        return sessions(
          hour,
          { count: draws.poisson(sessionsPerHour), calls: 7, gapMs: 6_000 },
          draws,
        )
      },
      caller: hour => {
        const isAtHome = createRandom(daySeed, hour.day).chance(0.25)
        return { source: isAtHome ? home : office, userAgent }
      },
      routes: chooseRoutes(businessRoutes, 9, random),
      objects: chooseObjects(random),
      failureShare: 0.012,
    }
  },
}
