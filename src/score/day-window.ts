import { isWeekend } from '../baseline/calendar.ts'
import { learnCounts } from '../baseline/expected-count.ts'
import { fadeActiveHours } from '../baseline/hour-profile.ts'
import {
  at,
  countSlots,
  detectorSlots,
  familySlots,
  sketchWords,
  start,
} from '../baseline/layout.ts'
import { learnWeekendOffset } from '../baseline/learn-magnitude.ts'
import { measured } from '../baseline/measured.ts'
import { distinctObjects } from '../baseline/object-sketch.ts'
import { peerClassOf } from '../baseline/peer-class.ts'
import { expectedSilence, learnSilence, silenceSurprise } from '../baseline/silent-days.ts'
import {
  add,
  clearFloats,
  clearKeys,
  get,
  getFloat,
  set,
  type TokenState,
} from '../baseline/token-states.ts'
import { bookActiveToken } from './common-cause.ts'
import { peersOf, placeOfKind, type ScoreContext, tailSlotOf } from './context.ts'
import { statisticalDetectors } from './detectors/index.ts'
import { alertFadePerDay, alertStep } from './emit-finding.ts'
import { closeHour, learnObservation } from './hour-window.ts'
import { firstCheck, judgeDay, knowsItsObjects, objectRatio, spent } from './judge-magnitudes.ts'
import { tokensOf } from './judge-sources.ts'
import { deflate, learnTail } from './own-tail.ts'
import { raiseEvidence } from './raise-evidence.ts'
import { rememberEvidence, scoreDay } from './score-day.ts'

/** -ln q from which a day teaches the tail and the noise little. */
const suspicious = 6
/** -ln q below which nobody would have been told. */
const toldMin = 3
/** Active days before a token's own tail means anything. */
const tailDaysMin = 3
const silenceDetector = placeOfKind('silence')
const sharedDetector = placeOfKind('shared-source')

const dayCounters = [
  at.requestsDay,
  at.sizedRequestsDay,
  at.bytesDay,
  at.scoreDay,
  at.slowScoreDay,
  at.surpriseDay,
  at.findingSurprise,
  at.findingSequence,
  at.newObjectsDay,
  at.costDay,
  at.modelTokensDay,
]

/** Mutates: the token opens the day of the call at hand; what it did today starts at nothing. */
export function openDay(context: ScoreContext, state: TokenState): void {
  const { call, population } = context
  set(state, at.openDay, call.day)
  set(state, at.isDayOpen, 1)
  set(state, at.isHourOpen, 0)
  set(state, at.openHour, 0)
  set(state, at.peerClass, peerClassOf(state))
  for (const index of dayCounters) set(state, index, 0)
  clearFloats(state, start.countToday, countSlots)
  clearFloats(state, start.countExpected, countSlots)
  clearFloats(state, start.surpriseToday, detectorSlots)
  clearFloats(state, start.evidenceToday, familySlots)
  clearFloats(state, start.commonCauseLevel, familySlots)
  clearKeys(state, start.objectsSketch, sketchWords)
  context.facts.delete(state.slot)
  const { own, everyone } = peersOf(population, state)
  bookActiveToken(everyone, call.day)
  if (own !== everyone) bookActiveToken(own, call.day)
  setChecks(context, state)
  if (!call.isFirst) judgeSilence(context, state)
  set(state, at.lastActiveDay, call.day)
  add(state, at.activeDays, 1)
}

function setChecks(context: ScoreContext, state: TokenState): void {
  const check = (kind: number, scales: number, least: number) =>
    firstCheck(context, state, kind, { scales, least })
  set(state, at.checkRequestsDay, check(measured.requestsPerDay, 1.3, 5))
  set(state, at.checkObjectsDay, check(measured.objectsPerDay, 0.8, 4))
  set(state, at.checkBytesDay, check(measured.bytesPerDay, 1.3, 1))
  set(state, at.checkCostDay, check(measured.costPerDay, 1.3, 1))
  set(state, at.checkModelTokensDay, check(measured.modelTokensPerDay, 1.3, 1))
  set(state, at.checkNewObjectsDay, check(measured.newObjectsPerDay, 0.8, 4))
}

function judgeSilence(context: ScoreContext, state: TokenState): void {
  const { call } = context
  const gapDays = call.day - get(state, at.lastActiveDay)
  if (gapDays > 1) {
    raiseEvidence(context, state, silenceDetector, {
      surprise: silenceSurprise(state, gapDays),
      observation: { observed: gapDays, expected: 1 + expectedSilence(state) },
      call: call.event,
    })
  }
  learnSilence(state, gapDays)
}

/**
 * Mutates: the token-day is over. It is judged once more, the calibrators see its maxima, then the
 * baseline learns from it: weight 1 up to -ln q = 4, falling to .15 at 8, whatever the budget is.
 */
export function closeDay(context: ScoreContext, state: TokenState): void {
  if (get(state, at.isDayOpen) === 0) return
  closeHour(context, state)
  judgeDay(context, state)
  const { surprise } = scoreDay(context, state, get(state, at.clockMs))
  const isSuspicious = surprise > suspicious
  calibrateDay(context, state, isSuspicious)
  rememberEvidence(context, state, isSuspicious)
  calibrateScore(context, state, surprise)
  context.population.tokenDays++
  learnDay(context, state, dayWeight(surprise))
  set(state, at.isDayOpen, 0)
  context.isRaised = false
}

/**
 * Mutates: the budget is of alerts, and one is told once: a day on which a token is no more surprising than lately
 * raises none, however surprising it is, and counts as such.
 */
function calibrateScore({ calibrators }: ScoreContext, state: TokenState, surprise: number): void {
  const day = get(state, at.openDay)
  const told = get(state, at.toldSurprise) - alertFadePerDay * (day - get(state, at.toldDay))
  const isRepeated = told > toldMin && surprise <= told + alertStep
  const weight = isRepeated ? 0 : 1 / tokensOfSource(state)
  calibrators.score.add(get(state, at.scoreDay), weight)
  calibrators.slow.add(get(state, at.slowScoreDay), weight)
  if (isRepeated || surprise < told) return
  set(state, at.toldSurprise, surprise)
  set(state, at.toldDay, day)
}

/** Tokens that share the source of today's surprise: one cause, whatever it is, is not as many token-days. */
function tokensOfSource(state: TokenState): number {
  return tokensOf(getFloat(state, start.surpriseToday + sharedDetector))
}

function dayWeight(surprise: number): number {
  return 1 - (0.85 * Math.min(4, Math.max(0, surprise - 4))) / 4
}

function calibrateDay(context: ScoreContext, state: TokenState, isSuspicious: boolean): void {
  const peerClass = get(state, at.peerClass)
  const isMature = get(state, at.activeDays) > tailDaysMin
  for (let detector = 0; detector < statisticalDetectors.length; detector++) {
    const surprise = getFloat(state, start.surpriseToday + detector)
    const tailSlot = tailSlotOf[detector]
    context.calibrators.addDetector(peerClass, detector, deflate(state, tailSlot, surprise))
    if (tailSlot === undefined || !isMature) continue
    learnTail(state, tailSlot, { surprise, weight: isSuspicious ? 0.3 : 1 })
  }
}

function learnDay(context: ScoreContext, state: TokenState, weight: number): void {
  const isRestDay = isWeekend(get(state, at.openDay))
  const requests = get(state, at.requestsDay)
  const distinct = distinctObjects(state)
  const learn = (kind: number, value: number) => {
    if (isRestDay) learnWeekendOffset(state, kind, value)
    learnObservation(context, state, kind, { value, weight: isRestDay ? weight / 2 : weight })
  }
  // A day of refusals alone says nothing of how much the token does.
  if (requests > 0) learn(measured.requestsPerDay, Math.log1p(requests))
  if (get(state, at.sizedRequestsDay) > 0) {
    learn(measured.bytesPerDay, Math.log1p(get(state, at.bytesDay)))
  }
  for (const { kind, index } of spent) {
    if (get(state, index) > 0) learn(kind, Math.log1p(get(state, index)))
  }
  if (distinct > 0) learn(measured.objectsPerDay, Math.log1p(distinct))
  if (distinct > 0 && knowsItsObjects(context, state)) {
    learn(measured.newObjectsPerDay, Math.log1p(get(state, at.newObjectsDay)))
  }
  const ratio = distinct > 0 ? objectRatio(state, distinct) : undefined
  if (ratio !== undefined) {
    learnObservation(context, state, measured.objectsPerRequest, { value: ratio, weight })
  }
  learnCounts(state, context.population, weight)
  fadeActiveHours(state)
}
