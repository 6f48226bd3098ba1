import type { Hour } from './hour.ts'
import { hourMs } from './hour.ts'
import type { Source } from './networks.ts'
import type { Random } from './random.ts'
import type { Route } from './routes.ts'
import type { Tenant } from './tenant.ts'

/** Who calls: address and program. */
export interface Caller {
  readonly source: Source
  readonly userAgent: string
}

/** A call before it is given its token and gateway node. */
export interface PlannedCall extends Caller {
  readonly tsMs: number
  readonly route: Route
  /** Replaces `{id}` in the route. */
  readonly objectId: number
  readonly status: number
  readonly latencyMs: number
  readonly bytesIn: number
  readonly bytesOut: number
}

/** How one token is used by its owner. What is constant about it was drawn when it was made. */
export interface Behavior {
  /** When the owner calls within the hour, ms since epoch, in any order. */
  moments(hour: Hour, random: Random): readonly number[]
  /** Who makes the calls of this hour: called once per call. */
  caller(hour: Hour, random: Random): Caller
  /** From the most to the least used. */
  readonly routes: readonly Route[]
  /** Ids that the owner works with: [first, first + count). */
  readonly objects: { readonly first: number; readonly count: number }
  /** Share of calls that fail for innocent reasons. */
  readonly failureShare: number
}

/** What an archetype may draw a behavior from. */
export interface BehaviorContext {
  readonly tenant: Tenant
  readonly random: Random
  /** Multiplies how often it calls. */
  readonly volume: number
}

/** A way in which tokens are used. */
export interface Archetype {
  readonly id: string
  /** Relative number of tokens that are used so. */
  readonly weight: number
  createBehavior(context: BehaviorContext): Behavior
}

/** Draws the owner's calls of an hour, in time order. */
export function drawOwnCalls(behavior: Behavior, hour: Hour, random: Random): PlannedCall[] {
  const moments = [...behavior.moments(hour, random)].sort((a, b) => a - b)
  return moments.map(tsMs => {
    const route = random.pickByRank(behavior.routes)
    const { first, count } = behavior.objects
    const status = random.chance(behavior.failureShare) ? innocentFailure(random) : route.status
    const caller = behavior.caller(hour, random)
    return planCall({
      ...caller,
      tsMs,
      route,
      objectId: first + random.integer(count),
      status,
      random,
    })
  })
}

/** Fills in sizes and latency; an answer that failed is short. */
export function planCall(
  call: Caller & {
    readonly tsMs: number
    readonly route: Route
    readonly objectId: number
    readonly status: number
    readonly random: Random
    /** Multiplies the size of the answer; 1 when absent. */
    readonly bytesFactor?: number
  },
): PlannedCall {
  const { source, userAgent, tsMs, route, objectId, status, random, bytesFactor = 1 } = call
  const isAnswered = status < 400
  return {
    source,
    userAgent,
    tsMs: Math.floor(tsMs),
    route,
    objectId,
    status,
    latencyMs: Math.round(random.logNormal(isAnswered ? route.latencyMsMedian : 4, 0.4)),
    bytesIn: 320 + Math.round(random.logNormal(route.bytesInMedian + 1, 0.3)),
    bytesOut: Math.round(
      isAnswered ? random.logNormal(route.bytesOutMedian * bytesFactor, 0.35) : 180,
    ),
  }
}

/** `count` moments, uniform over the hour or over [from, to) of it, both in 0 to 1. */
export function spread(hour: Hour, count: number, random: Random, [from, to] = [0, 1]): number[] {
  const startMs = hour.startMs + from * hourMs
  return Array.from({ length: count }, () => startMs + random.next() * (to - from) * hourMs)
}

/** Moments of a person or an app in use: bursts of a few calls, seconds apart. */
export function sessions(
  hour: Hour,
  options: { readonly count: number; readonly calls: number; readonly gapMs: number },
  random: Random,
): number[] {
  const moments: number[] = []
  for (const start of spread(hour, options.count, random)) {
    const length = 1 + random.poisson(options.calls - 1)
    let at = start
    for (let call = 0; call < length && at < hour.startMs + hourMs; call += 1) {
      moments.push(at)
      at += 200 + random.logNormal(options.gapMs, 0.8)
    }
  }
  return moments
}

function innocentFailure(random: Random): number {
  return random.pick([404, 404, 400, 422, 429, 500, 502])
}

/** A consecutive choice of `count` routes from a random place of the list, favorites first. */
export function chooseRoutes(
  all: readonly Route[],
  count: number,
  random: Random,
): readonly Route[] {
  const first = random.integer(Math.max(1, all.length - count))
  return all.slice(first, first + count)
}

export function chooseObjects(random: Random): Behavior['objects'] {
  return { first: 1_000 + random.integer(90_000), count: 40 + random.integer(400) }
}
