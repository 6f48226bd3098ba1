import { hourMs } from '../hour.ts'
import { intrude } from '../overlay.ts'
import type { Attack } from './attack.ts'

/** The owner's program in other hands, or gone wild: the usual calls, many times as often. */
export const volumeSpike: Attack = {
  kind: 'volume-spike',
  suits: () => true,
  plan({ attackId, victim, startMs, random, intensity }) {
    const window = { startMs, endMs: startMs + (0.5 + random.next()) * hourMs }
    const { routes, objects } = victim.behavior
    return {
      overlays: [
        {
          ...window,
          bearer: victim,
          attack: { attackId, role: 'victim' },
          add: (hour, draws) =>
            intrude({
              hour,
              window,
              callsPerHour: 1_500 * intensity,
              random: draws,
              caller: () => victim.behavior.caller(hour, draws),
              step: () => {
                const route = draws.pickByRank(routes)
                const objectId = objects.first + draws.integer(objects.count)
                return { route, objectId, status: draws.chance(0.03) ? 429 : route.status }
              },
            }),
        },
      ],
    }
  },
}
