import { hourBinOf } from '../baseline/calendar.ts'
import { counted } from '../baseline/counted.ts'
import { ageOf, expectHour } from '../baseline/expected-count.ts'
import { hourDensity, hourMass, learnActiveHour } from '../baseline/hour-profile.ts'
import { at, start } from '../baseline/layout.ts'
import { learnGroupHour, learnHourOffset, learnMagnitude } from '../baseline/learn-magnitude.ts'
import { measured } from '../baseline/measured.ts'
import { bookHour } from '../baseline/population.ts'
import { add, get, getFloat, set, type TokenState } from '../baseline/token-states.ts'
import { detectorOfMagnitude, peersOf, placeOfKind, type ScoreContext } from './context.ts'
import { hourText } from './explain.ts'
import { judgeCount } from './judge-counts.ts'
import {
  bytesRatio,
  expectMagnitude,
  firstCheck,
  judgeHour,
  ownWeight,
} from './judge-magnitudes.ts'
import { raiseEvidence } from './raise-evidence.ts'

/** Share of activity below which an hour is cold, and active days before anyone can tell. */
const coldMass = 0.06
const coldDaysMin = 3
/** -ln q from which an hour teaches little. */
const suspicious = 6
const suspiciousWeight = 0.15
const hoursDetector = placeOfKind('hours')

/** Mutates: the token opens the hour of the call at hand. */
export function openHour(context: ScoreContext, state: TokenState): void {
  const { call, population } = context
  const peerClass = get(state, at.peerClass)
  set(state, at.openHour, call.hour)
  set(state, at.isHourOpen, 1)
  set(state, at.isColdHour, 0)
  for (const index of hourCounters) set(state, index, 0)
  add(state, at.activeHours, 1)
  bookHour(population, peerClass, ageOf(state))
  expectHour(state, population, peerClass)
  if (!call.isFirst) judgeHourOfWeek(context, state)
  const check = firstCheck(context, state, measured.requestsPerHour, { scales: 1.5, least: 3 })
  set(state, at.checkRequestsHour, check)
}

const hourCounters = [
  at.requestsHour,
  at.requestsMinute,
  at.requestsMinutePeak,
  at.sizedRequestsHour,
  at.bytesHour,
]

function judgeHourOfWeek(context: ScoreContext, state: TokenState): void {
  const { call, population } = context
  const bin = hourBinOf(call.hour)
  const mass = hourMass(hourDensity(state, peersOf(population, state).own), bin)
  if (mass < coldMass && get(state, at.activeDays) > coldDaysMin) {
    set(state, at.isColdHour, 1)
    judgeCount(context, state, counted.coldHour)
  }
  raiseEvidence(context, state, hoursDetector, {
    surprise: -Math.log(mass),
    observation: { observed: mass, expected: 1, value: hourText(call.event.ts) },
    call: call.event,
  })
}

/** Mutates: the open hour is over; it is judged once more and the baseline learns from it. */
export function closeHour(context: ScoreContext, state: TokenState): void {
  if (get(state, at.isHourOpen) === 0) return
  set(state, at.isHourOpen, 0)
  if (get(state, at.requestsHour) === 0) return
  judgeHour(context, state, undefined)
  const weight = get(state, at.surpriseDay) > suspicious ? suspiciousWeight : 1
  const bin = hourBinOf(get(state, at.openHour))
  const requests = Math.log1p(get(state, at.requestsHour))
  const { prediction, offset } = expectMagnitude(context, state, measured.requestsPerHour)
  learnObservation(context, state, measured.requestsPerHour, { value: requests, weight })
  learnHourOffset(state, bin, { value: requests, offset, weight, prediction })
  const peak = Math.log1p(get(state, at.requestsMinutePeak))
  learnObservation(context, state, measured.requestsPerMinute, { value: peak, weight })
  const ratio = bytesRatio(state)
  if (ratio !== undefined)
    learnObservation(context, state, measured.bytesPerRequest, { value: ratio, weight })
  learnActiveHour(state, bin, weight)
  const { own, everyone } = peersOf(context.population, state)
  learnGroupHour(everyone, bin)
  if (own !== everyone) learnGroupHour(own, bin)
}

/** Mutates: one observation, weighted by its own surprise too. */
export function learnObservation(
  context: ScoreContext,
  state: TokenState,
  kind: number,
  { value, weight }: { readonly value: number; readonly weight: number },
): void {
  const { prediction, offset } = expectMagnitude(context, state, kind)
  const surprise = getFloat(state, start.surpriseToday + detectorOfMagnitude(kind))
  learnMagnitude(state, peersOf(context.population, state), kind, {
    value,
    offset,
    weight: weight * ownWeight(surprise),
    prediction,
  })
}
