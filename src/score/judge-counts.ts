import { counted } from '../baseline/counted.ts'
import { ageOf, type CountPrediction, countMax, predictCount } from '../baseline/expected-count.ts'
import { at, countSlots, start } from '../baseline/layout.ts'
import { measured } from '../baseline/measured.ts'
import { bookSurprise } from '../baseline/population.ts'
import { addFloat, get, type TokenState } from '../baseline/token-states.ts'
import { clumpSurprise } from '../lib/clump-surprise.ts'
import { negativeBinomialSurprise } from '../lib/negative-binomial-surprise.ts'
import { detectorOfCount, type ScoreContext } from './context.ts'
import type { CountDetector } from './detector.ts'
import { statisticalDetectors } from './detectors/index.ts'
import { expectMagnitude } from './judge-magnitudes.ts'
import { raiseEvidence } from './raise-evidence.ts'

/** Mutates: counts every signal of the call, and judges the counts that moved. */
export function judgeSignals(context: ScoreContext, state: TokenState): void {
  const { signals } = context.call
  for (let kind = 0; kind < countSlots; kind++) {
    if ((signals & (1 << kind)) !== 0) judgeCount(context, state, kind)
  }
}

/** Mutates: one more of this kind today. */
export function judgeCount(context: ScoreContext, state: TokenState, kind: number): void {
  const { population, call } = context
  const n = addFloat(state, start.countToday + kind, 1)
  const prediction = givenVolume(context, state, kind, predictCount(state, population, kind))
  if (n <= 3 + countMax(prediction)) {
    bookSurprise(population, kind, { peerClass: get(state, at.peerClass), age: ageOf(state) })
  }
  const place = detectorOfCount(kind)
  const detector = statisticalDetectors[place]
  if (detector?.kind !== 'count' || n < detector.countMin || !isOnGrid(n)) return
  const surprise = surpriseOf(detector, n, prediction)
  if (surprise <= 0) return
  raiseEvidence(context, state, place, {
    surprise,
    observation: {
      observed: n,
      expected: prediction.mean,
      value: surprise > 1 ? detector.valueOf(call.event) : '',
    },
    call: call.event,
  })
}

/** Answers come in proportion to calls, however many there are. */
const outcomes: readonly number[] = [counted.unauthorized, counted.missingObject]
/** So do changes of place, for a token that has them every day. */
const places: readonly number[] = [
  counted.newAddress,
  counted.newPrefix,
  counted.networkFlip,
  counted.youngSourceRequest,
]
const everyDay = 1

/** The prediction for a day of so many calls: what is unusual about their number is for volume to say, once. */
function givenVolume(
  context: ScoreContext,
  state: TokenState,
  kind: number,
  prediction: CountPrediction,
): CountPrediction {
  const isInProportion =
    outcomes.includes(kind) || (places.includes(kind) && prediction.mean >= everyDay)
  if (!isInProportion) return prediction
  const timesUsual = (requests: number, magnitude: number) =>
    (1 + requests) / Math.exp(expectMagnitude(context, state, magnitude).prediction.location)
  const ratio = Math.max(
    timesUsual(get(state, at.requestsDay), measured.requestsPerDay),
    // A day's expectation grows by the hour: in its first ones the day's number says too little.
    timesUsual(get(state, at.requestsHour), measured.requestsPerHour),
  )
  return ratio > 1 ? { ...prediction, mean: prediction.mean * ratio } : prediction
}

function surpriseOf(
  { clumpLogSd }: CountDetector,
  n: number,
  { mean, size }: { readonly mean: number; readonly size: number },
): number {
  return clumpLogSd === undefined
    ? negativeBinomialSurprise(n, mean, size)
    : clumpSurprise(n, mean, size, clumpLogSd)
}

/** Small counts each; large ones at every eighth: a tail is not worth computing for each of 1,000. */
function isOnGrid(n: number): boolean {
  return n < 12 || n % 8 === 0
}
