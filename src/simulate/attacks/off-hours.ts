import { dayMs, hourMs } from '../hour.ts'
import { intrude } from '../overlay.ts'
import { type Attack, useAsOwner } from './attack.ts'

/** Three nights of use between one and four in the morning, of a token that keeps office hours. */
export const offHours: Attack = {
  kind: 'off-hours',
  suits: archetype => archetype === 'office-human',
  plan({ attackId, victim, startMs, intensity }) {
    const { offsetMs } = victim.tenant
    const localMidnight = Math.ceil((startMs + offsetMs) / dayMs) * dayMs - offsetMs
    const nights = [0, 1, 2].map(night => {
      const begin = localMidnight + night * dayMs + hourMs
      return { startMs: begin, endMs: begin + 3 * hourMs }
    })
    return {
      overlays: nights.map(window => ({
        ...window,
        bearer: victim,
        attack: { attackId, role: 'victim' as const },
        add: (hour, draws) =>
          intrude({
            hour,
            window,
            callsPerHour: 15 * intensity,
            random: draws,
            caller: () => victim.behavior.caller(hour, draws),
            step: () => useAsOwner(victim, draws),
          }),
      })),
    }
  },
}
