import { at, familySlots, start } from '../baseline/layout.ts'
import {
  addFloat,
  get,
  getFloat,
  set,
  setFloat,
  type TokenState,
} from '../baseline/token-states.ts'
import { reduceByCommonCause } from './common-cause.ts'
import { peersOf, type ScoreContext } from './context.ts'
import { commonCauseFamilies, families, slowFamilies, superFamilies } from './families.ts'
import { calibratedFamily, evidenceMin } from './raise-evidence.ts'

/** Half-life of evidence across days. */
const halfLifeMs = 6 * 3_600_000
/** Weight of a token's chronic noise above .8 nats. */
const noiseWeight = 1.5
const noiseMin = 0.8
/** Reference value of the slow score: ln(1/k)/(1 - k) at k = .16. */
const slowReference = 2.2
const dayEvidenceMax = 8
const slowMax = 25
/** Shares of the budget: nine parts for the score, one for the slow score. */
const scorePrice = -Math.log(0.9)
const slowPrice = Math.log(10)

const places = (names: readonly (typeof families)[number][]) => families.map(f => names.includes(f))
const hasCommonCause = places(commonCauseFamilies)
const isSlow = places(slowFamilies)
const supers = superFamilies.map(({ members, weight, rest }) => ({
  members: members.map(name => families.indexOf(name)),
  weight,
  rest,
}))

/** The day as it stands. */
export interface DayScore {
  /** -ln P(a normal token-day scores this high), nats. */
  readonly surprise: number
  /** What each family gives to the sum, weights included; by place. */
  readonly shares: readonly number[]
  /** Place of the family whose slow score leads, -1 when none does. */
  readonly slowFamily: number
}

/**
 * Mutates the day's score, slow score and surprise, which only grow.
 *
 * e = (max(x, recent 2^(-t/6h)) - a)+ - 1.5 (noise - .8)+, floored at 0; S = sum over super-families of
 * weight (largest e + rest of the others); the surprise is calibrated S against calibrated slow score.
 *
 * @param nowMs - event time
 */
export function scoreDay(context: ScoreContext, state: TokenState, nowMs: number): DayScore {
  const evidence = new Array<number>(familySlots).fill(0)
  const age = Math.max(0, nowMs - get(state, at.evidenceMs))
  const decay = 2 ** (-age / halfLifeMs)
  let slow = 0
  let slowFamily = -1
  for (let family = 0; family < families.length; family++) {
    const x = evidenceOf(context, state, family)
    const noise =
      noiseWeight * Math.max(0, getFloat(state, start.evidenceNoise + family) - noiseMin)
    const recent = decay * getFloat(state, start.evidenceRecent + family)
    evidence[family] = Math.max(0, Math.max(x, recent, evidenceMin) - evidenceMin - noise)
    if (!isSlow[family]) continue
    const sum = slowSum(state, family, x) - noise
    if (sum > slow) {
      slow = sum
      slowFamily = family
    }
  }
  const shares = superShares(evidence)
  const score = keepLargest(
    state,
    at.scoreDay,
    shares.reduce((sum, share) => sum + share, 0),
  )
  slow = keepLargest(state, at.slowScoreDay, slow)
  const fast = context.calibrators.score.surprise(score) - scorePrice
  const late = slow > 0 ? context.calibrators.slow.surprise(slow) - slowPrice : 0
  if (late > fast) shares[slowFamily] = Math.max(shares[slowFamily] ?? 0, slow)
  const surprise = keepLargest(state, at.surpriseDay, Math.max(0, fast, late))
  return { surprise, shares, slowFamily: late > fast ? slowFamily : -1 }
}

function evidenceOf(context: ScoreContext, state: TokenState, family: number): number {
  const raw = getFloat(state, start.evidenceToday + family)
  const evidence = calibratedFamily(context, get(state, at.peerClass), family, raw)
  if (!hasCommonCause[family] || evidence <= 1) return evidence
  const { own, everyone } = peersOf(context.population, state)
  const groups = own === everyone ? [everyone] : [own, everyone]
  return reduceByCommonCause(state, groups, { family, day: get(state, at.openDay), evidence })
}

/**
 * The log of an e-process over days: today on top of what is left of the days before. What a token has every day
 * does not add up: its noise is taken off each day, or a token with much of it would reach the largest sum in time.
 */
function slowSum(state: TokenState, family: number, x: number): number {
  const noise = Math.max(0, getFloat(state, start.evidenceNoise + family) - noiseMin)
  return (
    getFloat(state, start.evidenceSlow + family) +
    Math.min(x, dayEvidenceMax) -
    slowReference -
    noise
  )
}

function superShares(evidence: readonly number[]): number[] {
  const shares = new Array<number>(families.length).fill(0)
  const of = (family: number) => evidence[family] ?? 0
  for (const { members, weight, rest } of supers) {
    const strongest = members.reduce((best, family) => (of(family) > of(best) ? family : best))
    for (const family of members) {
      shares[family] = (family === strongest ? 1 : rest) * weight * of(family)
    }
  }
  return shares
}

/** Mutates a scalar: the day's maximum. */
function keepLargest(state: TokenState, index: number, value: number): number {
  const largest = Math.max(get(state, index), value)
  set(state, index, largest)
  return largest
}

/** Mutates: what the day leaves behind of each family: recent evidence, slow score, chronic noise. */
export function rememberEvidence(context: ScoreContext, state: TokenState, isSuspicious: boolean) {
  const nowMs = get(state, at.clockMs)
  const decay = 2 ** (-Math.max(0, nowMs - get(state, at.evidenceMs)) / halfLifeMs)
  const peerClass = get(state, at.peerClass)
  const noiseRate = isSuspicious ? 0.03 : 0.1
  for (let family = 0; family < families.length; family++) {
    const raw = getFloat(state, start.evidenceToday + family)
    context.calibrators.addFamily(peerClass, family, raw)
    const x = calibratedFamily(context, peerClass, family, raw)
    const recent = decay * getFloat(state, start.evidenceRecent + family)
    setFloat(state, start.evidenceRecent + family, Math.max(recent, x))
    const slow = Math.min(slowMax, Math.max(0, slowSum(state, family, x)))
    setFloat(state, start.evidenceSlow + family, slow)
    const noise = (Math.min(x, 5) - getFloat(state, start.evidenceNoise + family)) * noiseRate
    addFloat(state, start.evidenceNoise + family, noise)
  }
  set(state, at.evidenceMs, nowMs)
}
