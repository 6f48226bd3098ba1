import { hourMs } from '../hour.ts'
import { intrude, type Overlay } from '../overlay.ts'
import type { Random } from '../random.ts'
import { guessKey } from '../token.ts'
import { type Attack, foreignThief, probeAdmin, useAsOwner } from './attack.ts'

const guesses = 60
const tryingMs = 0.25 * hourMs

/** One address tries a list of leaked keys; all are refused but one, which is then used. */
export const credentialStuffing: Attack = {
  kind: 'credential-stuffing',
  suits: archetype => archetype !== 'ci-fleet',
  plan({ attackId, victim, startMs, random, intensity }) {
    const caller = foreignThief(victim, 'hosting', random)
    const route = victim.behavior.routes[0] ?? random.pick(victim.behavior.routes)

    const tryKey = (at: Random): Overlay => {
      const begin = startMs + at.integer(tryingMs)
      const window = { startMs: begin, endMs: begin + 30_000 }
      return {
        ...window,
        bearer: {
          token: guessKey(at),
          credentialId: undefined,
          consumer: undefined,
          application: undefined,
          tenant: victim.tenant,
        },
        attack: { attackId, role: 'guess' },
        add: (hour, draws) =>
          intrude({
            hour,
            window,
            callsPerHour: 200,
            random: draws,
            caller,
            step: () => ({ route, objectId: 1, status: 401 }),
          }),
      }
    }
    const success = { startMs: startMs + tryingMs, endMs: startMs + tryingMs + 0.5 * hourMs }
    return {
      overlays: [
        ...Array.from({ length: guesses }, () => tryKey(random)),
        {
          ...success,
          bearer: victim,
          attack: { attackId, role: 'victim' },
          add: (hour, draws) =>
            intrude({
              hour,
              window: success,
              callsPerHour: 80 * intensity,
              random: draws,
              caller,
              step: () => (draws.chance(0.2) ? probeAdmin(draws) : useAsOwner(victim, draws)),
            }),
        },
      ],
    }
  },
}
