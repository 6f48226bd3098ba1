import type { Fingerprint } from '../../../../../src/domain/access-event.ts'
import type { RegisteredToken } from '../../../../../src/domain/registered-token.ts'
import { createRandom, type Random } from '../../../../../src/simulate/random.ts'
import { dayMs } from '../../../../support/traffic.ts'
import type { Intrusion } from '../day-engine.ts'
import { between } from '../draws.ts'
import type { FleetAttack } from './attack.ts'
import type { FleetToken } from './fleet-token.ts'
import { honeytoken, misuses } from './misuses.ts'
import { thefts } from './thefts.ts'

const attacks = [...thefts, ...misuses]
/** Of each kind in a world of 400 tokens. */
const rounds = 4
/** Whole days that an attack may begin before the end of the world. */
const leastDays = 4
const firstDay = 16

export interface PlannedAttacks {
  readonly intrusions: readonly Intrusion[]
  readonly silentFrom: ReadonlyMap<Fingerprint, number>
  readonly registered: ReadonlyMap<Fingerprint, Partial<RegisteredToken>>
}

/** Every kind several times, on victims that are each attacked once. */
export function planFleetAttacks(options: {
  readonly seed: number
  readonly tokens: readonly FleetToken[]
  /** Tokens without an owner. */
  readonly bait: readonly FleetToken[]
  readonly startMs: number
  readonly days: number
}): PlannedAttacks {
  const { seed, tokens, bait, startMs, days } = options
  const random = createRandom(seed, 'fleet-attacks')
  const intrusions: Intrusion[] = []
  const silentFrom = new Map<Fingerprint, number>()
  const registered = new Map<Fingerprint, Partial<RegisteredToken>>()
  const left = new Set(tokens)
  const endMs = startMs + days * dayMs

  function stage(
    attack: FleetAttack,
    victim: FleetToken,
    moment: { startMs: number; random: Random },
  ) {
    left.delete(victim)
    const plan = attack.plan({ victim, ...moment })
    const drafts = plan.drafts.filter(({ tsMs }) => tsMs >= startMs && tsMs < endMs)
    const label = { token: victim.token, kind: attack.kind }
    intrusions.push({ bearer: victim, label, drafts }, ...(plan.guesses ?? []))
    if (plan.silentFromMs !== undefined) silentFrom.set(victim.token, plan.silentFromMs)
    if (plan.revokedAtMs !== undefined) {
      registered.set(victim.token, { revokedAtMs: plan.revokedAtMs })
    }
  }

  const inWorld = () => startMs + between(random, firstDay, days - leastDays) * dayMs
  for (const attack of campaigns(Math.max(1, Math.round((rounds * tokens.length) / 400)))) {
    const beginsMs = inWorld()
    const own = random.integer(2 ** 31)
    for (const victim of chooseVictims(attack, left, beginsMs, random)) {
      stage(attack, victim, {
        startMs: attack.kind === 'new-token' ? theftOf(victim, startMs, random) : beginsMs,
        // The same stream for all victims of a campaign: one address, one program.
        random: createRandom(own),
      })
    }
  }
  for (const victim of bait) {
    registered.set(victim.token, { isHoneytoken: true })
    stage(honeytoken, victim, { startMs: inWorld(), random: createRandom(seed, victim.index) })
  }
  return { intrusions, silentFrom, registered }
}

/** Two campaigns with several victims stand for four attacks on one; what takes weeks is staged thrice. */
function campaigns(count: number): readonly FleetAttack[] {
  return Array.from({ length: count }, (_, round) =>
    attacks.filter(({ victims, isSlow = false }) => {
      if (victims !== undefined) return round % 2 === 0
      return !isSlow || round % 4 < 3
    }),
  ).flat()
}

const theftOf = ({ bornDay }: FleetToken, startMs: number, random: Random) =>
  startMs + (bornDay + between(random, 1, 4)) * dayMs

function chooseVictims(
  attack: FleetAttack,
  left: ReadonlySet<FleetToken>,
  beginsMs: number,
  random: Random,
): readonly FleetToken[] {
  const isInUse = ({ rest }: FleetToken) =>
    rest === undefined || beginsMs < rest.startMs - 2 * dayMs || beginsMs > rest.endMs + dayMs
  const suitable = [...left].filter(token => attack.suits(token) && isInUse(token))
  const chosen: FleetToken[] = []
  while (chosen.length < (attack.victims ?? 1) && suitable.length > 0) {
    chosen.push(...suitable.splice(random.integer(suitable.length), 1))
  }
  return chosen
}
