import { newRoutes } from '../routes.ts'
import { type LookAlike, usedBy } from './look-alike.ts'

/** A deploy: from now on a third of the calls of programs and people go to endpoints that are new. */
export const release: LookAlike = {
  kind: 'release',
  plan({ tokens, startMs, worldEndMs }) {
    const clients = tokens.filter(
      usedBy('server-integration', 'office-human', 'partner', 'night-owl'),
    )
    return clients.map(bearer => ({
      bearer,
      startMs,
      endMs: worldEndMs,
      change: (call, random) =>
        call.status < 400 && random.chance(0.33)
          ? { ...call, route: random.pickByRank(newRoutes), status: 200 }
          : call,
    }))
  },
}
