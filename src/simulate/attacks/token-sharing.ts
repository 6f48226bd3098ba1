import { hourMs } from '../hour.ts'
import { intrude } from '../overlay.ts'
import { type Attack, foreignThief, useAsOwner } from './attack.ts'

/** A key posted in a chat: people in several countries use it within the same minutes as its owner. */
export const tokenSharing: Attack = {
  kind: 'token-sharing',
  suits: archetype =>
    archetype === 'office-human' || archetype === 'night-owl' || archetype === 'mobile-user',
  plan({ attackId, victim, startMs, random, intensity }) {
    const { userAgent } = victim.behavior.caller(
      { startMs, local: 12, weekday: 3, day: Math.floor(startMs / 86_400_000) },
      random,
    )
    const people = [1, 2, 3].map(() => ({
      ...foreignThief(victim, 'residential', random),
      userAgent,
    }))
    const window = { startMs, endMs: startMs + 2 * hourMs }
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
              caller: () => draws.pick(people),
              step: () => useAsOwner(victim, draws),
            }),
        },
      ],
    }
  },
}
