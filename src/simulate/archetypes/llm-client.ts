import { type Archetype, chooseObjects, sessions } from '../behavior.ts'
import { modelAgents } from '../clients.ts'
import { sourceIn } from '../networks.ts'
import { modelRoutes } from '../routes.ts'

/** An assistant that asks language models: few, slow, large calls, in chats and in batches. */
export const llmClient: Archetype = {
  id: 'llm-client',
  weight: 8,
  createBehavior({ tenant, random, volume }) {
    const subnet = random.integer(256)
    const sources = [sourceIn(tenant.cloud, random, subnet), sourceIn(tenant.cloud, random, subnet)]
    const userAgent = random.pick(modelAgents)
    const chatsPerHour = random.logNormal(0.9, 0.4) * volume
    return {
      moments: (hour, draws) => {
        const daytime = hour.local >= 7 && hour.local < 23 ? 1 : 0.3
        const count = draws.poisson(chatsPerHour * daytime)
        return sessions(hour, { count, calls: 5, gapMs: 20_000 }, draws)
      },
      caller: (_hour, draws) => ({ source: draws.pick(sources), userAgent }),
      routes: modelRoutes,
      objects: chooseObjects(random),
      failureShare: 0.02,
    }
  },
}
