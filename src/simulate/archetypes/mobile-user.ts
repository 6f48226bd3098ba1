import { type Archetype, chooseObjects, sessions } from '../behavior.ts'
import { appAgents } from '../clients.ts'
import { networkIn, sourceIn } from '../networks.ts'
import { createRandom } from '../random.ts'
import { appRoutes } from '../routes.ts'

/** An app on a telephone: a new address of the carrier's NAT every hour or two, the home Wi-Fi at night. */
export const mobileUser: Archetype = {
  id: 'mobile-user',
  weight: 18,
  createBehavior({ tenant, random, volume }) {
    const carrier = networkIn('mobile', tenant.country, random)
    const home = sourceIn(networkIn('residential', tenant.country, random), random)
    const userAgent = random.pick(appAgents)
    const sessionsPerHour = random.logNormal(0.5, 0.4) * volume
    const addressSeed = random.integer(2 ** 31)
    return {
      moments: (hour, draws) => {
        const waking = hour.local >= 7 ? 1 + Math.max(0, hour.local - 17) / 3 : 0.05
        const count = draws.poisson(sessionsPerHour * waking)
        return sessions(hour, { count, calls: 8, gapMs: 4_000 }, draws)
      },
      caller: (hour, draws) => {
        const isAtHome = hour.local >= 20 || hour.local < 8
        if (isAtHome && draws.chance(0.9)) return { source: home, userAgent }
        // The carrier keeps a subscriber behind one of a few dozen gateways, one address at a time.
        const now = createRandom(addressSeed, hour.day, Math.floor(hour.local / 2))
        return { source: sourceIn(carrier, now, now.integer(24)), userAgent }
      },
      routes: appRoutes,
      objects: chooseObjects(random),
      failureShare: 0.015,
    }
  },
}
