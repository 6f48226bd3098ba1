import { type Archetype, chooseObjects, sessions } from '../behavior.ts'
import { pipelineAgents } from '../clients.ts'
import { isWeekend } from '../hour.ts'
import { networksOf, sourceIn } from '../networks.ts'
import { pipelineRoutes } from '../routes.ts'

/** Build machines of a hosted fleet: every build has an address never seen before. */
export const ciFleet: Archetype = {
  id: 'ci-fleet',
  weight: 8,
  createBehavior({ random, volume }) {
    const fleet = networksOf('hosting', 'US').filter(({ asn }) => asn === 8075)
    const userAgent = random.pick(pipelineAgents)
    const buildsPerHour = random.logNormal(1.6, 0.4) * volume
    return {
      moments: (hour, draws) => {
        const isWorkingTime = !isWeekend(hour) && hour.local >= 8 && hour.local < 20
        const count = draws.poisson(buildsPerHour * (isWorkingTime ? 1 : 0.15))
        return sessions(hour, { count, calls: 10, gapMs: 9_000 }, draws)
      },
      caller: (_hour, draws) => ({ source: sourceIn(draws.pick(fleet), draws), userAgent }),
      routes: pipelineRoutes,
      objects: chooseObjects(random),
      failureShare: 0.02,
    }
  },
}
