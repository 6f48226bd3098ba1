import { dayMs } from '../hour.ts'
import { networksOf, sourceIn } from '../networks.ts'
import { createRandom } from '../random.ts'
import { type LookAlike, usedBy } from './look-alike.ts'

/** Somebody works from a hotel abroad for three days: same program, same routes, another country. */
export const businessTrip: LookAlike = {
  kind: 'business-trip',
  plan({ tenant, tokens, startMs, random }) {
    const people = tokens.filter(usedBy('office-human', 'night-owl', 'mobile-user'))
    if (people.length === 0) return []
    const hotel = random.pick(networksOf('residential', `!${tenant.country}`))
    const seed = random.integer(2 ** 31)
    return [
      {
        bearer: random.pick(people),
        startMs,
        endMs: startMs + 3 * dayMs,
        change: call => ({
          ...call,
          source: sourceIn(hotel, createRandom(seed, Math.floor(call.tsMs / dayMs)), 12),
        }),
      },
    ]
  },
}
