import { hourBins, start } from './layout.ts'
import { group, type PeerGroup, read } from './peer-group.ts'
import { getFloat, setFloat, type TokenState } from './token-states.ts'

/** Hours of the peers' profile that a token starts from. */
const priorHours = 4
/** A week has five of one day type and two of the other: hours are compared by how often they are active. */
const weekendRate = 5 / 2
/** Standard deviations of its own visits by which an hour may be denser and still count as no denser. */
const tolerance = 1.5
/** Forgetting per active day. */
const memory = 0.985

/**
 * Predictive density of a token's active hours over the 48 bins: its discounted histogram under the
 * circular kernel .05 .17 .56 .17 .05, a little of the other day type, 4 hours of the peers' profile.
 *
 * @returns not normalized; O(48)
 */
export function hourDensity(state: TokenState, peers: PeerGroup): Float64Array {
  const density = new Float64Array(hourBins)
  const peerTotal = read(peers.state, group.hourTotal) + 20
  for (let bin = 0; bin < hourBins; bin++) {
    const leak = bin < 24 ? 0.1 : 0.06
    const prior = (read(peers.state, group.hourActivity + bin) + 20 / hourBins) / peerTotal
    const rate = bin < 24 ? 1 : weekendRate
    const visits =
      0.56 * active(state, bin, 0) +
      0.17 * (active(state, bin, 23) + active(state, bin, 1)) +
      0.05 * (active(state, bin, 22) + active(state, bin, 2)) +
      leak * active(state, (bin + 24) % hourBins, 0) +
      priorHours * prior
    density[bin] = rate * visits
  }
  return density
}

/** Discounted active hours `ahead` hours later around the clock of the same day type. */
function active(state: TokenState, bin: number, ahead: number): number {
  const midnight = bin < 24 ? 0 : 24
  return getFloat(state, start.hourActivity + midnight + ((bin - midnight + ahead) % 24))
}

/**
 * How likely an hour of activity is that is no denser than this one, as far as its visits can tell: 1 for a token
 * that is active around the clock, which therefore can never be surprised.
 *
 * @returns > 0 to 1
 */
export function hourMass(density: Float64Array, bin: number): number {
  const visits = density[bin] ?? 0
  const own = visits + tolerance * Math.sqrt(visits)
  let total = 0
  let mass = 0
  for (const value of density) {
    total += value
    if (value <= own) mass += value
  }
  return Math.min(1, mass / total)
}

/** Mutates: one active hour in this bin. */
export function learnActiveHour(state: TokenState, bin: number, weight: number): void {
  const index = start.hourActivity + bin
  setFloat(state, index, getFloat(state, index) + weight)
}

/** Mutates: a day's forgetting. */
export function fadeActiveHours(state: TokenState): void {
  for (let bin = 0; bin < hourBins; bin++) {
    const index = start.hourActivity + bin
    setFloat(state, index, memory * getFloat(state, index))
  }
}
