import { thiefAgents } from '../clients.ts'
import { hourMs } from '../hour.ts'
import { networkIn, sourceIn } from '../networks.ts'
import { intrude } from '../overlay.ts'
import { type Attack, useAsOwner } from './attack.ts'

/** A token that its owner stopped using half the world's time ago is found and used by somebody. */
export const dormantWake: Attack = {
  kind: 'dormant-wake',
  suits: () => true,
  plan({ attackId, victim, startMs, worldStartMs, random, intensity }) {
    const network = networkIn('residential', victim.tenant.country, random)
    const caller = { source: sourceIn(network, random), userAgent: random.pick(thiefAgents) }
    const window = { startMs, endMs: startMs + 2 * hourMs }
    return {
      overlays: [
        {
          bearer: victim,
          startMs: worldStartMs + (startMs - worldStartMs) / 2,
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
              step: () => useAsOwner(victim, draws),
            }),
        },
      ],
    }
  },
}
