import { type Archetype, chooseObjects, chooseRoutes, spread } from '../behavior.ts'
import { serverAgents } from '../clients.ts'
import { networkIn, sourceIn } from '../networks.ts'
import { businessRoutes } from '../routes.ts'

/** Another company's servers in two places, both in use all the time, with two programs. */
export const partner: Archetype = {
  id: 'partner',
  weight: 8,
  createBehavior({ tenant, random, volume }) {
    const places = [tenant.cloud, networkIn('hosting', random.pick(['US', 'NL', 'DE']), random)]
    const servers = places.flatMap(network => {
      const subnet = random.integer(256)
      return [sourceIn(network, random, subnet), sourceIn(network, random, subnet)]
    })
    const userAgents = [random.pick(serverAgents), random.pick(serverAgents)]
    const callsPerHour = random.logNormal(7, 0.4) * volume
    return {
      moments: (hour, draws) => spread(hour, draws.poisson(callsPerHour), draws),
      caller: (_hour, draws) => ({
        source: draws.pickByRank(servers),
        userAgent: draws.pickByRank(userAgents),
      }),
      routes: chooseRoutes(businessRoutes, 7, random),
      objects: chooseObjects(random),
      failureShare: 0.008,
    }
  },
}
