import { type Archetype, chooseObjects, chooseRoutes, spread } from '../behavior.ts'
import { scriptAgents } from '../clients.ts'
import { sourceIn } from '../networks.ts'
import { businessRoutes } from '../routes.ts'

/** A script that runs every few hours at the same minute and makes about the same calls each time. */
export const cronJob: Archetype = {
  id: 'cron-job',
  weight: 12,
  createBehavior({ tenant, random, volume }) {
    const source = sourceIn(tenant.cloud, random)
    const userAgent = random.pick(scriptAgents)
    const everyHours = random.pick([2, 4, 6, 12])
    const phase = random.integer(everyHours)
    const from = random.next() * 0.9
    const callsPerRun = random.logNormal(14, 0.4) * volume
    return {
      moments: (hour, draws) =>
        hour.local % everyHours === phase
          ? spread(hour, draws.poisson(callsPerRun), draws, [from, from + 0.02])
          : [],
      caller: () => ({ source, userAgent }),
      routes: chooseRoutes(businessRoutes, 3, random),
      objects: chooseObjects(random),
      failureShare: 0.003,
    }
  },
}
