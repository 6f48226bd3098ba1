import { createRandom } from '../../../../../src/simulate/random.ts'
import { dayMs, hourMs } from '../../../../support/traffic.ts'
import { fingerprintOf } from '../access-event.ts'
import type { Intrusion } from '../day-engine.ts'
import { between } from '../draws.ts'
import { spreadOver } from '../moments.ts'
import { hostIn, providersOf, sourceOf } from '../providers.ts'
import {
  type AttackContext,
  asOwner,
  type FleetAttack,
  foreignSource,
  sameNetworkSource,
  thiefAt,
  useKey,
} from './attack.ts'

/** Has a past of two weeks at the least, whatever the start. */
const isSettled = ({ bornDay }: { readonly bornDay: number }) => bornDay === 0

/** A few sittings of some hours each. */
function sittingsFrom(
  { startMs, random }: AttackContext,
  calls: number,
  sittings: number,
): number[] {
  return Array.from({ length: sittings }, (_, i) =>
    spreadOver(
      random,
      startMs + i * between(random, 0.6, 1) * dayMs,
      between(random, 0.3, 2) * hourMs,
      Math.ceil(calls / sittings),
    ),
  )
    .flat()
    .sort((a, b) => a - b)
}

const newCountry: FleetAttack = {
  kind: 'new-country',
  suits: isSettled,
  plan(context) {
    const { random } = context
    const moments = sittingsFrom(context, 8 + random.integer(50), 1 + random.integer(3))
    return { drafts: useKey(context, thiefAt(context, foreignSource(context)), { moments }) }
  },
}

/** Behind other people's lines in the owner's country; another one every few minutes. */
const residentialProxy: FleetAttack = {
  kind: 'residential-proxy',
  suits: isSettled,
  plan(context) {
    const { victim, random } = context
    const lines = providersOf('fixed', victim.tenant.country)
    const sources = Array.from({ length: 8 }, () => sourceOf(random.pick(lines), random))
    const thief = thiefAt(context, sources[0] ?? foreignSource(context), 0.6)
    const sourceAt = (tsMs: number) =>
      sources[Math.floor(tsMs / (10 * 60_000)) % sources.length] ?? foreignSource(context)
    const moments = sittingsFrom(context, 15 + random.integer(60), 1 + random.integer(3))
    return { drafts: useKey(context, { ...thief, sourceAt }, { moments }) }
  },
}

const sameNetwork: FleetAttack = {
  kind: 'same-network',
  suits: ({ bornDay, kind }) => bornDay === 0 && kind.id !== 'functions',
  plan(context) {
    const { random } = context
    const moments = sittingsFrom(context, 15 + random.integer(80), 1 + random.integer(3))
    return { drafts: useKey(context, thiefAt(context, sameNetworkSource(context)), { moments }) }
  },
}

/** The key is passed on: people in two or three countries use it in the same hours as the owner. */
const sharing: FleetAttack = {
  kind: 'sharing',
  suits: ({ bornDay, kind }) => bornDay === 0 && !kind.isProgram,
  plan(context) {
    const { victim, startMs, random } = context
    const others = Array.from({ length: 2 + random.integer(2) }, () => {
      const fixed = random.pick(providersOf('fixed'))
      return thiefAt(context, sourceOf(fixed, random), 0.7)
    })
    // While the owner is at work too.
    const day = Math.floor(startMs / dayMs) * dayMs
    const from = day + 11 * hourMs - victim.offsetMs(30)
    const use = (thief: (typeof others)[number]) =>
      useKey(context, thief, {
        moments: spreadOver(random, from, 4 * hourMs, 6 + random.integer(12)),
      })
    const owner = useKey(context, asOwner(context), {
      moments: spreadOver(random, from, 4 * hourMs, 8),
    })
    return { drafts: [...others.flatMap(use), ...owner].sort((a, b) => a.tsMs - b.tsMs).slice(1) }
  },
}

/** One address tries many keys that leaked somewhere; one of them works and is used. */
const stuffing: FleetAttack = {
  kind: 'stuffing',
  suits: isSettled,
  plan(context) {
    const { victim, startMs, random } = context
    const source = foreignSource(context)
    const thief = thiefAt(context, source, 0)
    const moments = spreadOver(random, startMs, 0.4 * hourMs, 5 + random.integer(25))
    const tries = spreadOver(random, startMs - 0.2 * hourMs, 0.5 * hourMs, 20 + random.integer(60))
    const guesses = tries.map(
      (tsMs): Intrusion => ({
        bearer: {
          token: fingerprintOf(`guess ${random.hex(16)}`),
          hint: 'guess',
          tenant: victim.tenant,
        },
        label: undefined,
        drafts: useKey(context, thief, { moments: [tsMs], status: () => 401 }),
      }),
    )
    return { drafts: useKey(context, thief, { moments }), guesses }
  },
}

/** One address has a whole list of stolen keys and looks what each is good for. */
const spraying: FleetAttack = {
  kind: 'spraying',
  victims: 7,
  suits: isSettled,
  plan(context) {
    const { victim, startMs, random } = context
    // Drawn first, from one stream for the whole campaign: the same for all of its victims.
    const source = sourceOf(random.pick([...providersOf('hosting'), ...providersOf('vpn')]), random)
    const thief = thiefAt(context, source, 0)
    const own = createRandom('spraying', victim.index, startMs)
    const moments = spreadOver(own, startMs, 3 * hourMs, 2 + own.integer(6))
    return { drafts: useKey(context, thief, { moments }) }
  },
}

/** Not used by its owner for weeks, then by somebody at a line of the same country. */
const dormantWake: FleetAttack = {
  kind: 'dormant-wake',
  suits: isSettled,
  plan(context) {
    const { victim, startMs, random } = context
    const line = random.pick(providersOf('fixed', victim.tenant.country))
    const moments = sittingsFrom(context, 8 + random.integer(40), 1)
    return {
      silentFromMs: startMs - between(random, 14, 20) * dayMs,
      drafts: useKey(context, thiefAt(context, sourceOf(line, random)), { moments }),
    }
  },
}

/** Stolen one to four days after it was issued. */
const newToken: FleetAttack = {
  kind: 'new-token',
  suits: ({ bornDay, archetype }) => bornDay >= 14 && archetype !== 'occasional',
  plan(context) {
    const { random } = context
    const moments = sittingsFrom(context, 15 + random.integer(50), 1 + random.integer(2))
    return { drafts: useKey(context, thiefAt(context, foreignSource(context)), { moments }) }
  },
}

/** Next door to the owner, with the owner's program and operations, and little at a time. */
const mimic: FleetAttack = {
  kind: 'mimic',
  suits: ({ bornDay, archetype }) => bornDay === 0 && archetype !== 'occasional',
  plan(context) {
    const { victim, random } = context
    const owner = asOwner(context)
    const host = hostIn(random)
    const sourceAt = (tsMs: number) => {
      const source = owner.sourceAt(tsMs)
      return { ...source, ip: `${source.ip.slice(0, source.ip.lastIndexOf('.'))}.${host}` }
    }
    const moments = sittingsFrom(context, 6 + random.integer(14), 3)
    const operation = () => random.pickByRank(victim.habit.operations)
    return { drafts: useKey(context, { ...owner, sourceAt }, { moments, operation }) }
  },
}

/** Revoked; the owner has another key, somebody else tries on, and a part of it is still served. */
const useAfterRevocation: FleetAttack = {
  kind: 'use-after-revocation',
  suits: isSettled,
  plan(context) {
    const { startMs, random } = context
    const revokedAtMs = startMs - between(random, 0.5, 4) * dayMs
    const thief = thiefAt(context, foreignSource(context))
    const moments = spreadOver(random, startMs, 2 * hourMs, 6 + random.integer(15))
    const status = (place: number) => (place % 3 === 2 ? undefined : 401)
    return {
      revokedAtMs,
      silentFromMs: revokedAtMs,
      drafts: useKey(context, thief, { moments, status }),
    }
  },
}

export const thefts: readonly FleetAttack[] = [
  newCountry,
  residentialProxy,
  sameNetwork,
  sharing,
  stuffing,
  spraying,
  dormantWake,
  newToken,
  mimic,
  useAfterRevocation,
]
