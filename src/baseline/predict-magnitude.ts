import { hourBins, start } from './layout.ts'
import { magnitudePriors, measured, weekendSlots } from './measured.ts'
import { group, type PeerGroup, read } from './peer-group.ts'
import { getFloat, type TokenState } from './token-states.ts'

/** One-step-ahead predictive of x = ln(1 + y): Student t with this location, scale and degrees. */
export interface MagnitudePrediction {
  readonly location: number
  readonly scale: number
  readonly degrees: number
}

/** Degrees of freedom that the within-token variance of the peers is worth. */
const priorDegrees = 6
const degreesMax = 80
/** Observations that the peers' mean is worth, at most. */
const peerWeightMax = 8
/** Below this variance a difference has no practical significance, however regular the token. */
const countFloor = 0.03
const ratioFloor = 0.02

/**
 * Predictive of a magnitude: the token's discounted mean and variance, shrunk to its peers.
 *
 * scale^2 = s^2 (1 + 1/(k0 + n)) + floor, s^2 = (6 W + SS)/(6 + n), k0 = min(8, within/between);
 * for counts the floor has the Poisson part .6/(1 + e^location): a job of exactly 2 requests a minute
 * is not astronomically surprised by 4.
 *
 * @param offset - what the hour bin or the weekend adds to the location
 * @see normal-inverse-gamma conjugacy; James & Stein (1961); West & Harrison (1997)
 */
export function predictMagnitude(
  state: TokenState,
  peers: { readonly own: PeerGroup; readonly everyone: PeerGroup },
  kind: number,
  offset: number,
): MagnitudePrediction {
  const prior = priorOf(peers.own.state, peers.everyone.state, kind)
  const n = getFloat(state, start.magnitudeWeight + kind)
  const peerWeight = Math.min(peerWeightMax, prior.within / prior.between)
  const weight = peerWeight + n
  const degrees = priorDegrees + n
  const mean = getFloat(state, start.magnitudeMean + kind)
  const location = (peerWeight * prior.mean + n * mean) / weight + offset
  const squares = priorDegrees * prior.within + getFloat(state, start.magnitudeSquares + kind)
  const floor = isCount[kind] ? countFloor + 0.6 / (1 + Math.exp(location)) : ratioFloor
  const scale = Math.sqrt((squares / degrees) * (1 + 1 / weight) + floor)
  return { location, scale, degrees: Math.min(degreesMax, degrees) }
}

const isCount = Object.keys(measured).map(
  name => magnitudePriors[name as keyof typeof measured].isCount,
)

/** Peers' mean and variances: the tenant shrunk to everyone with 10 (within: 20) observations. */
function priorOf(own: Float64Array, everyone: Float64Array, kind: number) {
  const weight = read(everyone, group.weight + kind)
  const total = Math.max(0.1, read(everyone, group.squares + kind) / weight)
  const withinAll = Math.max(
    0.03,
    read(everyone, group.withinSquares + kind) / read(everyone, group.withinWeight + kind),
  )
  const n = read(own, group.weight + kind)
  const meanAll = read(everyone, group.sum + kind) / weight
  const mean = (read(own, group.sum + kind) + 10 * meanAll) / (n + 10)
  const variance = (read(own, group.squares + kind) + 10 * total) / (n + 10)
  const within =
    (read(own, group.withinSquares + kind) + 20 * withinAll) /
    (read(own, group.withinWeight + kind) + 20)
  return { mean, within, between: Math.max(0.05, variance - within) }
}

/**
 * What the hour of week adds to ln(1 + requests): own bin, .4 of each neighbor, .3 of the same hour
 * of the other day type, 2 pseudo-hours of nothing. Smoothed around the clock: an hour's jitter or a
 * clock change costs little.
 */
export function hourOffset(state: TokenState, bin: number): number {
  const weekdayType = bin < 24 ? 0 : 24
  const hour = bin - weekdayType
  let weight = 2
  let sum = 0
  const book = (other: number, share: number) => {
    const visits = share * getFloat(state, start.hourWeight + other)
    weight += visits
    sum += visits * getFloat(state, start.hourOffset + other)
  }
  book(bin, 1)
  book(weekdayType + ((hour + 23) % 24), 0.4)
  book(weekdayType + ((hour + 1) % 24), 0.4)
  book((bin + 24) % hourBins, 0.3)
  return sum / weight
}

/** What a weekend adds to a daily magnitude; 0 on weekdays and for other magnitudes. */
export function weekendOffset(state: TokenState, kind: number, isWeekend: boolean): number {
  const slot = weekendSlots[kind]
  if (!isWeekend || slot === undefined) return 0
  const weight = getFloat(state, start.weekendWeight + slot)
  return (getFloat(state, start.weekendOffset + slot) * weight) / (weight + 1)
}
