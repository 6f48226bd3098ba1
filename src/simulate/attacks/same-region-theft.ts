import { thiefAgents } from '../clients.ts'
import { hourMs } from '../hour.ts'
import { networkIn, sourceIn } from '../networks.ts'
import { intrude } from '../overlay.ts'
import { type Attack, useAsOwner } from './attack.ts'

/** A thief in the owner's own cloud or at the owner's own provider: only prefix and program are new. */
export const sameRegionTheft: Attack = {
  kind: 'same-region-theft',
  suits: archetype => archetype !== 'ci-fleet' && archetype !== 'mobile-user',
  plan({ attackId, victim, startMs, random, intensity }) {
    const { tenant, archetype } = victim
    const isPerson = archetype === 'office-human' || archetype === 'night-owl'
    const network = isPerson ? networkIn('residential', tenant.country, random) : tenant.cloud
    const caller = { source: sourceIn(network, random), userAgent: random.pick(thiefAgents) }
    const window = { startMs, endMs: startMs + (2 + 2 * random.next()) * hourMs }
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
              callsPerHour: 60 * intensity,
              random: draws,
              caller,
              step: () => useAsOwner(victim, draws),
            }),
        },
      ],
    }
  },
}
