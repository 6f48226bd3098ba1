import { createRandom, type Random } from '../../../../../src/simulate/random.ts'
import type { Draft, LocalDay, Operation } from '../day-engine.ts'
import type { Source } from '../providers.ts'
import { raiseMajor } from './agents.ts'
import { isWithin, type Tenant } from './tenant.ts'

/** How one token is used by its owner; all that is random about it was drawn when it was made. */
export interface Habit {
  /** When the owner calls on that day, UTC ms. `level` multiplies how often. */
  moments(day: LocalDay, random: Random, level: number): readonly number[]
  /** The same for the same moment, but for what is drawn from `random`. */
  sourceAt(tsMs: number, random: Random): Source
  agentAt(tsMs: number, random: Random): string
  /** From the most to the least used. */
  readonly operations: readonly Operation[]
  readonly objects: { readonly first: number; readonly count: number }
  readonly failureShare: number
  /** Spread of the size of answers. */
  readonly bytesSigma: number
}

/** What an archetype makes a habit from. */
export interface HabitContext {
  readonly tenant: Tenant
  readonly random: Random
  readonly startMs: number
  /** For what is drawn anew by time: `createRandom(seed, ...)`. */
  readonly seed: number
}

export interface Archetype {
  readonly id: string
  readonly weight: number
  /** A program rather than a person: follows releases, retries. */
  readonly isProgram: boolean
  /** Weights of an hour-bound user: attacks out of hours mean something. */
  readonly keepsHours: boolean
  createHabit(context: HabitContext): Habit
}

/** One call of an owner or of somebody who passes for one. */
export function draftCall(
  habit: Habit,
  random: Random,
  call: {
    readonly tsMs: number
    readonly source: Source
    readonly userAgent: string
    readonly operation: Operation
    readonly objectId?: number
    readonly status?: number
    readonly bytesFactor?: number
  },
): Draft {
  const { operation, bytesFactor = 1 } = call
  const { first, count } = habit.objects
  const status = call.status ?? (random.chance(habit.failureShare) ? failure(random) : 200)
  // Most calls are about a few of the owner's objects.
  const objectId = call.objectId ?? first + Math.floor(count * random.next() ** 2)
  const median = status < 400 ? operation.bytesOutMedian * bytesFactor : 160
  return {
    tsMs: call.tsMs,
    source: call.source,
    userAgent: call.userAgent,
    operation,
    objectId,
    status,
    bytesIn: Math.round(random.logNormal(operation.bytesInMedian, 0.3)),
    bytesOut: Math.round(random.logNormal(median, habit.bytesSigma)),
  }
}

const failure = (random: Random) => random.pick([404, 404, 404, 400, 422, 500, 503, 401, 403, 429])

/** Operations that a token takes up in the course of the world, and when. */
export interface Adoption {
  readonly atMs: number
  readonly operations: readonly Operation[]
}

/** The owner's calls of a day, with what happens to the tenant meanwhile. */
export function drawOwnDay(
  owner: {
    readonly habit: Habit
    readonly tenant: Tenant
    readonly isProgram: boolean
    readonly adoptions: readonly Adoption[]
    /** Changes of major version of the owner's kit, UTC ms. */
    readonly upgradesMs: readonly number[]
  },
  day: LocalDay,
  options: { readonly random: Random; readonly level: number },
): Draft[] {
  const { random, level } = options
  const { habit, tenant } = owner
  const made: Draft[] = []
  for (const tsMs of habit.moments(day, random, level)) {
    const isDown = tenant.outages.some(span => isWithin(span, tsMs))
    const source = habit.sourceAt(tsMs, random)
    const upgrades = owner.upgradesMs.filter(atMs => atMs <= tsMs).length
    const userAgent = raiseMajor(habit.agentAt(tsMs, random), upgrades)
    const operation = operationAt(owner, tsMs, random)
    const draft = draftCall(habit, random, {
      tsMs,
      source,
      userAgent,
      operation,
      ...(isDown && { status: random.pick([503, 503, 502, 504]) }),
    })
    const stall = tenant.stalls.find(span => isWithin(span, tsMs))
    made.push(stall === undefined ? draft : { ...draft, lateMs: stall.endMs - tsMs })
    if (isDown && owner.isProgram) made.push(...retries(draft, random))
  }
  return made
}

/** Tries again every few seconds, more slowly each time; some of it is refused while keys are reloaded. */
function retries(draft: Draft, random: Random): Draft[] {
  const count = 4 + random.integer(12)
  let tsMs = draft.tsMs
  return Array.from({ length: count }, (_, attempt) => {
    tsMs += 1_000 * (attempt + 1) * (0.5 + random.next())
    const status = random.chance(0.1) ? 401 : draft.status
    return { ...draft, tsMs, status }
  })
}

function operationAt(
  { habit, adoptions }: { readonly habit: Habit; readonly adoptions: readonly Adoption[] },
  tsMs: number,
  random: Random,
): Operation {
  const adopted = adoptions.filter(({ atMs }) => atMs <= tsMs)
  if (adopted.length > 0 && random.chance(Math.min(0.4, 0.12 * adopted.length))) {
    return random.pickByRank(random.pick(adopted).operations)
  }
  return random.pickByRank(habit.operations)
}

/** A value that holds for a stretch of time, the same whenever it is asked for. */
export function heldFor<Value>(
  seed: number,
  spanMs: number,
  draw: (random: Random, slot: number) => Value,
): (tsMs: number) => Value {
  let known: { readonly slot: number; readonly value: Value } | undefined
  return tsMs => {
    const slot = Math.floor(tsMs / spanMs)
    if (known?.slot !== slot) known = { slot, value: draw(createRandom(seed, slot), slot) }
    return known.value
  }
}

/** Between three and most of the tenant's operations, the popular ones first in line. */
export function chooseOperations(tenant: Tenant, count: number, random: Random): Operation[] {
  const left = [...tenant.operations]
  const chosen: Operation[] = []
  while (chosen.length < count && left.length > 0) {
    const place = Math.floor(left.length * random.next() ** 1.5)
    chosen.push(...left.splice(place, 1))
  }
  return chosen
}

export const chooseObjects = (random: Random, count = 30 + random.integer(400)) => ({
  first: 1_000 + random.integer(60_000),
  count,
})

export const isWeekend = ({ weekday }: LocalDay) => weekday === 0 || weekday === 6
