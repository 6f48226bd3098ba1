import { start } from './layout.ts'
import { measured, weekendSlots } from './measured.ts'
import { group, increase, type PeerGroup, read } from './peer-group.ts'
import type { MagnitudePrediction } from './predict-magnitude.ts'
import { getFloat, setFloat, type TokenState } from './token-states.ts'

/** Forgetting per observation: half-life 20. */
const memory = 0.965
/** One day cannot move the mean further than this many scales. */
const winsorScales = 2.6
const peerMemory = 0.9998

/** Values beyond location + 2.6 scales count as that: bounded influence. */
function winsorize(value: number, { location, scale }: MagnitudePrediction): number {
  return Math.min(value, location + winsorScales * scale)
}

/**
 * Mutates the token and its peers: one observation of x = ln(1 + y), winsorized and weighted.
 *
 * @param observation.weight - 0 to 1, less on suspicious days
 * @see Kloft & Laskov (2012), Security analysis of online centroid anomaly detection, JMLR 13
 */
export function learnMagnitude(
  state: TokenState,
  peers: { readonly own: PeerGroup; readonly everyone: PeerGroup },
  kind: number,
  observation: {
    readonly value: number
    readonly offset: number
    readonly weight: number
    readonly prediction: MagnitudePrediction
  },
): void {
  const { weight, offset } = observation
  const x = winsorize(observation.value, observation.prediction) - offset
  const n = getFloat(state, start.magnitudeWeight + kind)
  const mean = getFloat(state, start.magnitudeMean + kind)
  const nextN = memory * n + weight
  const nextMean = n > 0 ? mean + (weight * (x - mean)) / nextN : x
  const squares = memory * getFloat(state, start.magnitudeSquares + kind)
  const reference = n > 0 ? mean : nextMean
  setFloat(
    state,
    start.magnitudeSquares + kind,
    squares + weight * (x - reference) * (x - nextMean),
  )
  setFloat(state, start.magnitudeWeight + kind, nextN)
  setFloat(state, start.magnitudeMean + kind, nextMean)
  const residual = n > 6 ? x - mean : undefined
  teach(peers.everyone.state, kind, x, residual)
  if (peers.own !== peers.everyone) teach(peers.own.state, kind, x, residual)
}

/** Mutates a group: running mean, total variance, and variance within tokens that have a history. */
function teach(peers: Float64Array, kind: number, x: number, residual: number | undefined): void {
  fade(peers, group.weight + kind, 1)
  fade(peers, group.sum + kind, x)
  const distance = x - read(peers, group.sum + kind) / read(peers, group.weight + kind)
  fade(peers, group.squares + kind, distance * distance)
  if (residual === undefined) return
  fade(peers, group.withinWeight + kind, 1)
  fade(peers, group.withinSquares + kind, residual * residual)
}

function fade(peers: Float64Array, index: number, amount: number): void {
  peers[index] = peerMemory * read(peers, index) + amount
}

/** Mutates: how far this hour lay from the token's mean goes to the bin's offset. */
export function learnHourOffset(
  state: TokenState,
  bin: number,
  observation: {
    readonly value: number
    readonly offset: number
    readonly weight: number
    readonly prediction: MagnitudePrediction
  },
): void {
  const { weight, offset, prediction } = observation
  const kind = measured.requestsPerHour
  const hasMean = getFloat(state, start.magnitudeWeight + kind) > 1
  const mean = hasMean ? getFloat(state, start.magnitudeMean + kind) : prediction.location - offset
  const residual = winsorize(observation.value, prediction) - mean
  const visits = 0.93 * getFloat(state, start.hourWeight + bin) + weight
  const old = getFloat(state, start.hourOffset + bin)
  setFloat(state, start.hourWeight + bin, visits)
  setFloat(state, start.hourOffset + bin, old + (weight * (residual - old)) / visits)
}

/** Mutates: how far a weekend's daily value lies from the mean of all days. */
export function learnWeekendOffset(state: TokenState, kind: number, value: number): void {
  const slot = weekendSlots[kind]
  if (slot === undefined || getFloat(state, start.magnitudeWeight + kind) <= 2) return
  const mean = getFloat(state, start.magnitudeMean + kind)
  const weight = 0.9 * getFloat(state, start.weekendWeight + slot) + 1
  const old = getFloat(state, start.weekendOffset + slot)
  setFloat(state, start.weekendWeight + slot, weight)
  setFloat(state, start.weekendOffset + slot, old + (Math.min(value - mean, 4) - old) / weight)
}

/** Mutates a group: one token was active in this hour bin. */
export function learnGroupHour(peers: PeerGroup, bin: number): void {
  increase(peers.state, group.hourActivity + bin, 1)
  increase(peers.state, group.hourTotal, 1)
}
