import { hourBinOf, isWeekend } from '../baseline/calendar.ts'
import { at } from '../baseline/layout.ts'
import { measured } from '../baseline/measured.ts'
import { distinctObjects } from '../baseline/object-sketch.ts'
import {
  hourOffset,
  type MagnitudePrediction,
  predictMagnitude,
  weekendOffset,
} from '../baseline/predict-magnitude.ts'
import { get, set, type TokenState } from '../baseline/token-states.ts'
import { mixBits } from '../lib/mix-bits.ts'
import { studentTSurprise } from '../lib/student-t-surprise.ts'
import { detectorOfMagnitude, peersOf, type ScoreContext } from './context.ts'
import type { FactCall } from './facts.ts'
import { raiseEvidence } from './raise-evidence.ts'

/** Requests that make a ratio worth judging. */
const sizedRequestsMin = 5
const objectRatioRequestsMin = 20

/** Mutates: judges the running magnitudes that have passed their next check, and sets the next one. */
export function judgeMagnitudes(context: ScoreContext, state: TokenState): void {
  const call = context.call.event
  const hour = get(state, at.requestsHour)
  if (hour >= get(state, at.checkRequestsHour)) {
    set(state, at.checkRequestsHour, hour * 1.25 + 1)
    judgeHour(context, state, call)
  }
  const day = get(state, at.requestsDay)
  if (day >= get(state, at.checkRequestsDay)) {
    set(state, at.checkRequestsDay, day * 1.25 + 1)
    judge(context, state, measured.requestsPerDay, { value: Math.log1p(day), call })
  }
  const bytes = get(state, at.bytesDay)
  if (bytes >= get(state, at.checkBytesDay)) {
    set(state, at.checkBytesDay, bytes * 1.3 + 1)
    judge(context, state, measured.bytesPerDay, { value: Math.log1p(bytes), call })
  }
}

/** What a day of language models takes: sums of the day, absent where the log does not tell them. */
export const spent = [
  { kind: measured.costPerDay, index: at.costDay, check: at.checkCostDay },
  { kind: measured.modelTokensPerDay, index: at.modelTokensDay, check: at.checkModelTokensDay },
] as const

/** Mutates: judges what models cost when it has passed its next check. */
export function judgeSpending(context: ScoreContext, state: TokenState): void {
  for (const { kind, index, check } of spent) {
    const sum = get(state, index)
    if (sum < get(state, check)) continue
    set(state, check, sum * 1.3 + 1)
    judge(context, state, kind, { value: Math.log1p(sum), call: context.call.event })
  }
}

/** Mutates: judges distinct objects when the estimate has passed its next check. */
export function judgeObjects(context: ScoreContext, state: TokenState): void {
  const distinct = distinctObjects(state)
  if (distinct < get(state, at.checkObjectsDay)) return
  set(state, at.checkObjectsDay, distinct * 1.2)
  judgeDistinct(context, state, distinct, context.call.event)
}

/** At first all objects are new to a token: only later an object says something by being so. */
export const knowsItsObjects = ({ objects }: ScoreContext, state: TokenState) =>
  objects.isSettled(state.slot, get(state, at.activeDays))

/** Mutates: the call touches an object; judges the new ones of the day when they have passed their next check. */
export function judgeNewObject(context: ScoreContext, state: TokenState): void {
  const { event } = context.call
  if (event.objectKey === undefined) return
  const high = Math.floor(event.objectKey / 0x1_0000_0000)
  const activeDay = get(state, at.activeDays)
  if (!context.objects.meet(state.slot, mixBits(event.objectKey ^ mixBits(high)), activeDay)) return
  const count = get(state, at.newObjectsDay) + 1
  if (!context.call.isOfOpenDay) return
  set(state, at.newObjectsDay, count)
  if (count < get(state, at.checkNewObjectsDay) || !knowsItsObjects(context, state)) return
  set(state, at.checkNewObjectsDay, count * 1.25 + 1)
  judge(context, state, measured.newObjectsPerDay, { value: Math.log1p(count), call: event })
}

/** Mutates: the open hour's requests, busiest minute and bytes per request as they stand. */
export function judgeHour(
  context: ScoreContext,
  state: TokenState,
  call: FactCall | undefined,
): void {
  const requests = get(state, at.requestsHour)
  judge(context, state, measured.requestsPerHour, { value: Math.log1p(requests), call })
  const peak = get(state, at.requestsMinutePeak)
  judge(context, state, measured.requestsPerMinute, { value: Math.log1p(peak), call })
  const ratio = bytesRatio(state)
  if (ratio !== undefined) judge(context, state, measured.bytesPerRequest, { value: ratio, call })
}

/** Mutates: the day's magnitudes as they stand when it ends. */
export function judgeDay(context: ScoreContext, state: TokenState): void {
  const requests = Math.log1p(get(state, at.requestsDay))
  judge(context, state, measured.requestsPerDay, { value: requests, call: undefined })
  if (get(state, at.sizedRequestsDay) > 0) {
    const bytes = Math.log1p(get(state, at.bytesDay))
    judge(context, state, measured.bytesPerDay, { value: bytes, call: undefined })
  }
  for (const { kind, index } of spent) {
    if (get(state, index) === 0) continue
    judge(context, state, kind, { value: Math.log1p(get(state, index)), call: undefined })
  }
  const distinct = distinctObjects(state)
  if (distinct > 0) judgeDistinct(context, state, distinct, undefined)
  if (distinct > 0 && knowsItsObjects(context, state)) {
    const value = Math.log1p(get(state, at.newObjectsDay))
    judge(context, state, measured.newObjectsPerDay, { value, call: undefined })
  }
}

function judgeDistinct(
  context: ScoreContext,
  state: TokenState,
  distinct: number,
  call: FactCall | undefined,
): void {
  judge(context, state, measured.objectsPerDay, { value: Math.log1p(distinct), call })
  const ratio = objectRatio(state, distinct)
  if (ratio !== undefined) judge(context, state, measured.objectsPerRequest, { value: ratio, call })
}

/** ln(1 + bytes per request) of the open hour; undefined below 5 requests of known size. */
export function bytesRatio(state: TokenState): number | undefined {
  const requests = get(state, at.sizedRequestsHour)
  return requests < sizedRequestsMin ? undefined : Math.log1p(get(state, at.bytesHour) / requests)
}

/** ln of distinct objects per request today; undefined below 20 requests. */
export function objectRatio(state: TokenState, distinct: number): number | undefined {
  const requests = get(state, at.requestsDay)
  if (requests < objectRatioRequestsMin) return undefined
  return Math.log((1 + Math.min(distinct, requests)) / (1 + requests))
}

/** Predictive of a magnitude for the token's open hour or day, and the offset within it. */
export function expectMagnitude(
  context: ScoreContext,
  state: TokenState,
  kind: number,
): { readonly prediction: MagnitudePrediction; readonly offset: number } {
  const offset =
    kind === measured.requestsPerHour
      ? hourOffset(state, hourBinOf(get(state, at.openHour)))
      : weekendOffset(state, kind, isWeekend(get(state, at.openDay)))
  const peers = peersOf(context.population, state)
  return { prediction: predictMagnitude(state, peers, kind, offset), offset }
}

function judge(
  context: ScoreContext,
  state: TokenState,
  kind: number,
  { value, call }: { readonly value: number; readonly call: FactCall | undefined },
): void {
  const { prediction } = expectMagnitude(context, state, kind)
  const { location, scale, degrees } = prediction
  raiseEvidence(context, state, detectorOfMagnitude(kind), {
    surprise: studentTSurprise((value - location) / scale, degrees),
    observation: { observed: value, expected: location, spread: scale },
    call,
  })
}

/** Smallest value of a running magnitude that is worth judging: `scales` above the expected. */
export function firstCheck(
  context: ScoreContext,
  state: TokenState,
  kind: number,
  { scales, least }: { readonly scales: number; readonly least: number },
): number {
  const { location, scale } = expectMagnitude(context, state, kind).prediction
  return Math.max(least, Math.exp(location + scales * scale))
}

/** Weight that a magnitude's own surprise leaves it in learning, .2 to 1. */
export function ownWeight(surpriseToday: number): number {
  return surpriseToday > 3 ? Math.max(0.2, 1 - (surpriseToday - 3) / 5) : 1
}
