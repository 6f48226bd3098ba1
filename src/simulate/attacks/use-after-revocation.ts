import { dayMs, hourMs } from '../hour.ts'
import { intrude } from '../overlay.ts'
import { type Attack, foreignThief, useAsOwner } from './attack.ts'

/** Revoked a day ago; the owner stopped, somebody else tries on, and one call in four is still served. */
export const useAfterRevocation: Attack = {
  kind: 'use-after-revocation',
  suits: () => true,
  plan({ attackId, victim, startMs, random, intensity }) {
    const caller = foreignThief(victim, 'hosting', random)
    const revokedAtMs = startMs - dayMs
    const window = { startMs, endMs: startMs + hourMs }
    return {
      revokedAtMs,
      overlays: [
        {
          bearer: victim,
          startMs: revokedAtMs,
          endMs: Number.POSITIVE_INFINITY,
          change: () => undefined,
        },
        {
          ...window,
          bearer: victim,
          attack: { attackId, role: 'victim' },
          add: (hour, draws) =>
            intrude({
              hour,
              window,
              callsPerHour: 30 * intensity,
              random: draws,
              caller,
              step: () => {
                const call = useAsOwner(victim, draws)
                return draws.chance(0.25) ? call : { ...call, status: 401 }
              },
            }),
        },
      ],
    }
  },
}
