import { hourMs } from '../hour.ts'
import { intrude } from '../overlay.ts'
import { businessRoutes } from '../routes.ts'
import type { Attack } from './attack.ts'

/** Runs through the ids of one kind of object, from the owner's address (broken object authorization). */
export const enumeration: Attack = {
  kind: 'enumeration',
  suits: archetype => archetype !== 'ci-fleet' && archetype !== 'llm-client',
  plan({ attackId, victim, startMs, random, intensity }) {
    const withId = victim.behavior.routes.filter(({ template }) => template.includes('{id}'))
    const fallback = businessRoutes.filter(({ template }) => template === '/v1/customers/{id}')
    const route = random.pick(withId.length > 0 ? withId : fallback)
    const window = { startMs, endMs: startMs + (1 + random.next()) * hourMs }
    const callsPerHour = 420 * intensity
    const firstId = 1 + random.integer(500)
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
              callsPerHour,
              random: draws,
              caller: () => victim.behavior.caller(hour, draws),
              step: ({ tsMs }) => ({
                route,
                objectId: firstId + Math.floor(((tsMs - startMs) / hourMs) * callsPerHour),
                status: draws.chance(0.15) ? 404 : route.status,
              }),
            }),
        },
      ],
    }
  },
}
