import { dayMs, hourMs } from '../../../../support/traffic.ts'
import type { Draft, Operation } from '../day-engine.ts'
import { between } from '../draws.ts'
import { spreadOver } from '../moments.ts'
import { hostIn } from '../providers.ts'
import {
  type AttackContext,
  asOwner,
  type FleetAttack,
  foreignSource,
  sameNetworkSource,
  thiefAt,
  useKey,
} from './attack.ts'
import type { FleetToken } from './fleet-token.ts'

const isSettled = ({ bornDay }: FleetToken) => bornDay === 0
const isBusy = (token: FleetToken) =>
  isSettled(token) && !['occasional', 'batch', 'heavy'].includes(token.archetype)

/** In half of the cases from the owner's machine, else from next to it. */
const insider = (context: AttackContext) =>
  context.random.chance(0.5) ? asOwner(context) : thiefAt(context, sameNetworkSource(context))

const readsOf = ({ habit }: FleetToken): readonly Operation[] => {
  const reads = habit.operations.filter(({ method }) => method === 'GET')
  return reads.length > 0 ? reads : habit.operations
}

const adminProbe: FleetAttack = {
  kind: 'admin-probe',
  suits: token =>
    isSettled(token) && !token.habit.operations.some(({ route }) => route.startsWith('/admin')),
  plan(context) {
    const { victim, startMs, random } = context
    const moments = spreadOver(
      random,
      startMs,
      between(random, 0.2, 1) * hourMs,
      10 + random.integer(40),
    )
    return {
      drafts: useKey(context, insider(context), {
        moments,
        operation: () => random.pick(victim.tenant.adminOperations),
        status: () => random.pick([403, 403, 403, 404, 200]),
      }),
    }
  },
}

/** Through the ids of one kind of object, one after the other. */
const enumeration: FleetAttack = {
  kind: 'enumeration',
  suits: token => isBusy(token) && token.habit.operations.some(({ hasObject }) => hasObject),
  plan(context) {
    const { victim, startMs, random } = context
    const target = random.pick(victim.habit.operations.filter(({ hasObject }) => hasObject))
    const firstId = 1_000 + random.integer(60_000)
    const count = 60 + random.integer(340)
    const moments = spreadOver(random, startMs, between(random, 0.5, 20) * hourMs, count)
    return {
      drafts: useKey(context, asOwner(context), {
        moments,
        operation: () => target,
        objectId: place => firstId + place,
        status: () => (random.chance(0.08) ? 404 : undefined),
      }),
    }
  },
}

const fastExfiltration: FleetAttack = {
  kind: 'fast-exfiltration',
  suits: isBusy,
  plan(context) {
    const { victim, startMs, random } = context
    const moments = spreadOver(
      random,
      startMs,
      between(random, 0.5, 2) * hourMs,
      20 + random.integer(60),
    )
    const reads = readsOf(victim)
    const thief = random.chance(0.6)
      ? asOwner(context)
      : thiefAt(context, foreignSource(context), 1)
    return {
      drafts: useKey(context, thief, {
        moments,
        operation: () => random.pick(reads),
        bytesFactor: between(random, 20, 80),
      }),
    }
  },
}

/** The owner's own days, from which a slow attack takes its measure and its moments. */
function ownDay({ victim, startMs, random }: AttackContext, day: number) {
  const at = startMs + day * dayMs
  const midnight = Math.floor(at / dayMs) * dayMs - victim.offsetMs(30)
  const date = new Date(midnight + victim.offsetMs(30))
  return victim.habit.moments(
    { index: 30, startMs: midnight, weekday: date.getUTCDay(), dayOfMonth: date.getUTCDate() },
    random,
    1,
  )
}

/** A few percent more bytes every day for two or three weeks, in the owner's hours, from the owner's place. */
const slowExfiltration: FleetAttack = {
  kind: 'slow-exfiltration',
  isSlow: true,
  suits: token => isBusy(token) && token.archetype !== 'webhooks',
  plan(context) {
    const { victim, random } = context
    const days = 14 + random.integer(8)
    const perDay = between(random, 1.04, 1.08)
    const reads = readsOf(victim)
    const drafts = Array.from({ length: days }, (_, day): Draft[] => {
      const own = ownDay(context, day)
      const extra = own.length * (perDay ** (day + 1) - 1)
      const moments = own.slice(0, Math.ceil(extra / 2))
      // Half as many calls, each twice as large: the share of the bytes grows as asked.
      const bytesFactor = Math.max(0.2, extra / Math.max(1, moments.length))
      return useKey(context, asOwner(context), {
        moments,
        operation: () => random.pickByRank(reads),
        bytesFactor,
      })
    })
    return { drafts: drafts.flat() }
  },
}

const volumeSpike: FleetAttack = {
  kind: 'volume-spike',
  suits: isBusy,
  plan(context) {
    const { victim, startMs, random } = context
    const usual = Math.max(3, ownDay(context, 0).length / 12)
    const count = Math.min(1_500, Math.round(usual * between(random, 8, 30)))
    const moments = spreadOver(random, startMs, between(random, 0.5, 2) * hourMs, count)
    const operation = () => random.pickByRank(victim.habit.operations)
    return { drafts: useKey(context, asOwner(context), { moments, operation }) }
  },
}

/** Three nights of use, from where the owner usually is, of a token that keeps hours. */
const offHours: FleetAttack = {
  kind: 'off-hours',
  suits: token => isSettled(token) && token.kind.keepsHours && token.archetype !== 'batch',
  plan(context) {
    const { victim, startMs, random } = context
    const midnight = Math.floor(startMs / dayMs) * dayMs - victim.offsetMs(30)
    const moments = [0, 1, 2].flatMap(night =>
      spreadOver(random, midnight + night * dayMs + hourMs, 3 * hourMs, 6 + random.integer(14)),
    )
    return { drafts: useKey(context, asOwner(context), { moments }) }
  },
}

/** A little more every day from a place next to the owner's, so that it is usual when it is much. */
const poisoning: FleetAttack = {
  kind: 'poisoning',
  isSlow: true,
  suits: isBusy,
  plan(context) {
    const { victim, startMs, random } = context
    const thief = thiefAt(context, sameNetworkSource(context), 0.8)
    const usual = Math.max(4, ownDay(context, 0).length)
    const days = 12 + random.integer(5)
    const firstId = 1_000 + random.integer(60_000)
    let calls = 0
    const drafts = Array.from({ length: days }, (_, day): Draft[] => {
      const count = Math.max(1, Math.round(usual * 0.06 * 1.22 ** day))
      const from = startMs + day * dayMs + between(random, 0, 3) * hourMs
      const made = useKey(context, thief, {
        moments: spreadOver(random, from, between(random, 1, 6) * hourMs, count),
        operation: () => random.pickByRank(victim.habit.operations),
        ...(day > days / 2 && { objectId: (place: number) => firstId + calls + place }),
      })
      calls += count
      return made
    })
    return { drafts: drafts.flat() }
  },
}

/** Bait that nobody has a reason to use: the victim of this one is a token without an owner. */
export const honeytoken: FleetAttack = {
  kind: 'honeytoken',
  suits: () => false,
  plan(context) {
    const { startMs, random } = context
    const source = foreignSource(context)
    const ip = `${source.ip.slice(0, source.ip.lastIndexOf('.'))}.${hostIn(random)}`
    const thief = thiefAt(context, { ...source, ip }, 0)
    const moments = spreadOver(random, startMs, hourMs, 1 + random.integer(6))
    return { drafts: useKey(context, thief, { moments }) }
  },
}

export const misuses: readonly FleetAttack[] = [
  adminProbe,
  enumeration,
  fastExfiltration,
  slowExfiltration,
  volumeSpike,
  offHours,
  poisoning,
]
