import { hourMs } from '../hour.ts'
import { intrude } from '../overlay.ts'
import { type Attack, probeAdmin } from './attack.ts'

/** Reconnaissance from the owner's own address: routes never used, scopes that the token lacks. */
export const adminProbing: Attack = {
  kind: 'admin-probing',
  suits: () => true,
  plan({ attackId, victim, startMs, random, intensity }) {
    const window = { startMs, endMs: startMs + (0.3 + 0.5 * random.next()) * hourMs }
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
              callsPerHour: 110 * intensity,
              random: draws,
              caller: () => victim.behavior.caller(hour, draws),
              step: () => probeAdmin(draws, 0.02),
            }),
        },
      ],
    }
  },
}
