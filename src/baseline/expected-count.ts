import { at, countSlots, start } from './layout.ts'
import { group, increase, read } from './peer-group.ts'
import { ageBuckets, hazardOf, type Population } from './population.ts'
import { addFloat, get, getFloat, setFloat, type TokenState } from './token-states.ts'

/** Forgetting per active day: half-life 27. */
const memory = 0.975

/** Predictive of a day's count: negative binomial with this mean and size. */
export interface CountPrediction {
  readonly mean: number
  readonly size: number
}

/** Maturity bucket floor(log2(active hours, the open one included)), 0 to 11. */
export function ageOf(state: TokenState): number {
  return Math.min(ageBuckets - 1, Math.floor(Math.log2(Math.max(1, get(state, at.activeHours)))))
}

/** Mutates: one more active hour's expectation of every count. */
export function expectHour(state: TokenState, population: Population, peerClass: number): void {
  const peers = population.groups[state.identity.group] ?? population.everyone
  const age = ageOf(state)
  for (let kind = 0; kind < countSlots; kind++) {
    addFloat(
      state,
      start.countExpected + kind,
      hazardOf(population, peers, { kind, peerClass, age }),
    )
  }
}

/**
 * Frailty: the peers' expectation for today's active hours times the token's own multiplier
 * r = (1/2 + K)/(1/2 + L), gamma-Poisson; 1/size = 1/(1/2 + K) + 1/clumping.
 *
 * @see Buhlmann (1967); DuMouchel (1999), the gamma-Poisson shrinker, American Statistician 53
 */
export function predictCount(
  state: TokenState,
  population: Population,
  kind: number,
): CountPrediction {
  const shape = 0.5 + getFloat(state, start.countHistory + kind)
  const exposure = 0.5 + getFloat(state, start.countExposure + kind)
  const mean = (getFloat(state, start.countExpected + kind) * shape) / exposure
  const size = 1 / (1 / shape + 1 / read(population.dispersion, kind))
  return { mean: Math.max(1e-6, mean), size }
}

/** A day teaches at most this many: a storm is not the new normal. */
export function countMax({ mean }: CountPrediction): number {
  return Math.ceil(2 + 4 * mean)
}

/**
 * Mutates the token, its tenant's multiplier and the clumping of each count: the day is over.
 *
 * @param weight - 0 to 1, less on suspicious days
 */
export function learnCounts(state: TokenState, population: Population, weight: number): void {
  const peers = population.groups[state.identity.group] ?? population.everyone
  const isMature = get(state, at.activeDays) > 5
  for (let kind = 0; kind < countSlots; kind++) {
    const n = getFloat(state, start.countToday + kind)
    const expected = getFloat(state, start.countExpected + kind)
    const prediction = predictCount(state, population, kind)
    const most = countMax(prediction)
    const shape = 0.5 + getFloat(state, start.countHistory + kind)
    fade(state, start.countHistory + kind, weight * Math.min(n, most))
    fade(state, start.countExposure + kind, expected)
    if (isMature) learnClumping(population, kind, { n: Math.min(n, most), shape, prediction })
    increase(peers.state, group.observed + kind, Math.min(n, 3 + most))
    increase(peers.state, group.expected + kind, expected)
  }
}

function fade(state: TokenState, index: number, amount: number): void {
  setFloat(state, index, memory * getFloat(state, index) + amount)
}

/** Mutates: size by moments, E (n - mean)^2 = mean + mean^2 (1/shape + 1/size). */
function learnClumping(
  { dispersionWeight, dispersionExcess }: Population,
  kind: number,
  { n, shape, prediction }: { n: number; shape: number; prediction: CountPrediction },
): void {
  const { mean } = prediction
  const excess = (n - mean) ** 2 - mean - (mean * mean) / shape
  dispersionWeight[kind] = 0.9999 * read(dispersionWeight, kind) + mean * mean
  dispersionExcess[kind] = 0.9999 * read(dispersionExcess, kind) + Math.max(0, excess)
}
