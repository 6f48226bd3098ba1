import { hourMs } from '../hour.ts'
import { intrude } from '../overlay.ts'
import type { Attack } from './attack.ts'

/** Fast theft of data: the owner's routes with pages as large as they come, from the owner's address. */
export const exfiltration: Attack = {
  kind: 'exfiltration',
  suits: archetype => archetype !== 'mobile-user',
  plan({ attackId, victim, startMs, random, intensity }) {
    const window = { startMs, endMs: startMs + (0.5 + random.next()) * hourMs }
    const bytesFactor = 40 + 60 * random.next()
    const { routes, objects } = victim.behavior
    const reads = routes.filter(({ method }) => method === 'GET')
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
              callsPerHour: 90 * intensity,
              random: draws,
              caller: () => victim.behavior.caller(hour, draws),
              step: () => ({
                route: draws.pick(reads.length > 0 ? reads : routes),
                objectId: objects.first + draws.integer(objects.count),
                status: 200,
                bytesFactor,
              }),
            }),
        },
      ],
    }
  },
}
