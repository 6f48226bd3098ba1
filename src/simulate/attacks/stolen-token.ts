import { hourMs } from '../hour.ts'
import { intrude } from '../overlay.ts'
import { type Attack, foreignThief, probeAdmin, useAsOwner } from './attack.ts'

/** A key copied from a server and used from a hosting network in another country, beside its owner. */
export const stolenToken: Attack = {
  kind: 'stolen-token',
  suits: archetype => archetype !== 'ci-fleet',
  plan({ attackId, victim, startMs, random, intensity }) {
    const caller = foreignThief(victim, 'hosting', random)
    const window = { startMs, endMs: startMs + (0.5 + 1.5 * random.next()) * hourMs }
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
              callsPerHour: 240 * intensity,
              random: draws,
              caller,
              step: () => (draws.chance(0.45) ? probeAdmin(draws) : useAsOwner(victim, draws)),
            }),
        },
      ],
    }
  },
}
