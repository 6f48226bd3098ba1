import { type Archetype, chooseObjects, chooseRoutes, spread } from '../behavior.ts'
import { serverAgents } from '../clients.ts'
import { sourceIn } from '../networks.ts'
import { businessRoutes } from '../routes.ts'

/** A back end that calls around the clock, busier by day, from a few fixed addresses of one cloud. */
export const serverIntegration: Archetype = {
  id: 'server-integration',
  weight: 20,
  createBehavior({ tenant, random, volume }) {
    const subnet = random.integer(256)
    const sources = Array.from({ length: 1 + random.integer(3) }, () =>
      sourceIn(tenant.cloud, random, subnet),
    )
    const userAgent = random.pick(serverAgents)
    const callsPerHour = random.logNormal(9, 0.5) * volume
    return {
      moments: (hour, draws) => {
        const daytime = 1 + 0.7 * Math.cos(((hour.local - 14) / 12) * Math.PI)
        return spread(hour, draws.poisson(callsPerHour * daytime), draws)
      },
      caller: (_hour, draws) => ({ source: draws.pick(sources), userAgent }),
      routes: chooseRoutes(businessRoutes, 5, random),
      objects: chooseObjects(random),
      failureShare: 0.004,
    }
  },
}
