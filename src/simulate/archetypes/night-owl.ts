import { type Archetype, chooseObjects, chooseRoutes, sessions } from '../behavior.ts'
import { browserAgents } from '../clients.ts'
import { networkIn, sourceIn } from '../networks.ts'
import { businessRoutes } from '../routes.ts'

/** Somebody who works from the evening into the small hours, weekends too, from home. */
export const nightOwl: Archetype = {
  id: 'night-owl',
  weight: 5,
  createBehavior({ tenant, random, volume }) {
    const home = sourceIn(networkIn('residential', tenant.country, random), random)
    const userAgent = random.pick(browserAgents)
    const sessionsPerHour = random.logNormal(1.1, 0.3) * volume
    return {
      moments: (hour, draws) => {
        const isAwake = hour.local >= 21 || hour.local < 4
        const count = isAwake ? draws.poisson(sessionsPerHour) : 0
        return sessions(hour, { count, calls: 6, gapMs: 7_000 }, draws)
      },
      caller: () => ({ source: home, userAgent }),
      routes: chooseRoutes(businessRoutes, 8, random),
      objects: chooseObjects(random),
      failureShare: 0.012,
    }
  },
}
