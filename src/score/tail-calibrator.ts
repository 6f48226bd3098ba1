export interface CalibratorShape {
  /** Width of a bin of the statistic, nats. */
  readonly binWidth: number
  readonly bins: number
  /** Token-days that the prior is worth while there is no parent. */
  readonly priorDays: number
  /** Slope of the prior's exponential tail. */
  readonly priorSlope: number
  /** Share of token-days beyond which the tail is parametric. */
  readonly tailShare: number
  /** An excess counts as at most that many mean excesses: attacks in the history do not blunt it. */
  readonly winsorMeans: number
  /** Beyond what so many token-days can resolve, evidence counts at 40 %. */
  readonly isResolutionCapped: boolean
}

/** From the daily maximum of a statistic to -ln P(a token-day reaches this). */
export interface TailCalibrator {
  /**
   * Mutates: one token-day's maximum; it counts from the next `roll` on.
   *
   * @param weight - of the maximum, 0 to 1; what is left of the day counts as one without surprise
   */
  add(statistic: number, weight?: number): void
  /** Mutates: merges the day and forgets; `memory` is the factor on what is known, 0 to 1. */
  roll(memory: number): void
  /** Mutates: the histogram was changed from outside. */
  invalidate(): void
  /** @returns calibrated surprise, nats, >= 0, <= 25 where capped */
  surprise(statistic: number): number
  /** Fitted share of token-days that reach the start of each bin. */
  readonly shares: Float64Array
  readonly tokenDays: number
}

const parentDays = 150
/** Token-days beyond the start of the tail, at least. */
const tailDaysMin = 12
/** Mean excess before any was seen, and the excesses that it is worth. */
const priorExcess = 1.2
const priorExcesses = 10
const surpriseMax = 25

/**
 * A discounted histogram of daily maxima: empirical survival down to `tailShare`, then an exponential
 * tail, which on the scale of -ln p is what a generalized Pareto tail is. Its mean excess is winsorized
 * and unbiased for an exponential: E min(X, w m) = m (1 - e^-w). Histograms add, so nodes can merge.
 *
 * Fitted when it is first asked after a roll: most tables of small classes never are.
 *
 * @param days - histogram as of the last roll, `shape.bins` long
 * @param today - what came since
 * @param parent - the table of all tokens that a class shrinks to, with 150 token-days
 * @see Siffer, Fouque, Termier & Largouet (2017), Anomaly detection in streams with extreme value
 *   theory, KDD; Vovk, Gammerman & Shafer (2005), Algorithmic Learning in a Random World
 */
export function createTailCalibrator(
  shape: CalibratorShape,
  { days, today }: { readonly days: Float64Array; readonly today: Float64Array },
  parent?: TailCalibrator,
): TailCalibrator {
  const { binWidth, bins } = shape
  const shares = new Float64Array(bins + 1)
  const table = new Float64Array(bins + 1)
  let fit: Fit | undefined

  function fitted(): Fit {
    if (fit !== undefined) return fit
    fit = fitTail(days, shape)
    const priorDays = parent === undefined ? shape.priorDays : parentDays
    for (let i = 0; i <= bins; i++) {
      const prior = parent === undefined ? priorShare(i * binWidth, shape) : value(parent.shares, i)
      const share = (reachedBy(fit, i, binWidth) + priorDays * prior) / (fit.tokenDays + priorDays)
      shares[i] = Math.min(1, share)
      table[i] = -Math.log(value(shares, i))
    }
    return fit
  }

  /** Straight lines between bins, and beyond the last one half the slope of the tail. */
  function uncapped(statistic: number, { meanExcess }: Fit): number {
    const place = statistic / binWidth
    if (place >= bins - 1) {
      const beyond = statistic - (bins - 1) * binWidth
      return value(table, bins - 1) + (0.5 * beyond) / Math.max(meanExcess, 1)
    }
    const bin = Math.floor(place)
    const part = place - bin
    return Math.max(0, value(table, bin) * (1 - part) + value(table, bin + 1) * part)
  }

  return {
    add(statistic, weight = 1) {
      const bin = Math.min(bins - 1, Math.max(0, Math.floor(statistic / binWidth)))
      today[bin] = value(today, bin) + weight
      today[0] = value(today, 0) + 1 - weight
    },
    roll(memory) {
      for (let i = 0; i < bins; i++) days[i] = memory * (value(days, i) + value(today, i))
      today.fill(0)
      fit = undefined
    },
    invalidate() {
      fit = undefined
    },
    surprise(statistic) {
      const known = fitted()
      const surprise = uncapped(statistic, known)
      if (!shape.isResolutionCapped) return surprise
      const tokenDays = Math.max(known.tokenDays, parent?.tokenDays ?? 0)
      const resolution = Math.log(tokenDays + shape.priorDays) + 1
      if (surprise <= resolution) return surprise
      return Math.min(surpriseMax, resolution + 0.4 * (surprise - resolution))
    },
    get shares() {
      fitted()
      return shares
    },
    get tokenDays() {
      return fitted().tokenDays
    },
  }
}

interface Fit {
  readonly tokenDays: number
  /** Token-days that reach each bin. */
  readonly survival: Float64Array
  /** First bin of the parametric tail. */
  readonly tail: number
  readonly meanExcess: number
}

function fitTail(days: Float64Array, shape: CalibratorShape): Fit {
  const survival = new Float64Array(shape.bins + 1)
  for (let i = shape.bins - 1; i >= 0; i--) {
    survival[i] = value(survival, i + 1) + value(days, i)
  }
  const tokenDays = value(survival, 0)
  const tail = tailStart(survival, Math.max(shape.tailShare * tokenDays, tailDaysMin))
  const meanExcess = value(survival, tail) > 0 ? fitExcess(days, tail, shape) : 1 / shape.priorSlope
  return { tokenDays, survival, tail, meanExcess }
}

function reachedBy({ survival, tail, meanExcess }: Fit, bin: number, binWidth: number): number {
  const excess = Math.max(0, bin - tail) * binWidth
  return value(survival, Math.min(bin, tail)) * Math.exp(-excess / meanExcess)
}

function priorShare(statistic: number, { priorSlope }: CalibratorShape): number {
  return Math.exp(-0.6 * priorSlope * Math.max(0, statistic - 0.7))
}

function value(numbers: Float64Array, index: number): number {
  return numbers[index] ?? Number.NaN
}

/** First bin that at most `tokenDays` reach. */
function tailStart(survival: Float64Array, tokenDays: number): number {
  let bin = 0
  while (bin < survival.length - 2 && value(survival, bin) > tokenDays) bin++
  return bin
}

/** Fixed point of the winsorized mean excess over the start of bin `tail`. */
function fitExcess(days: Float64Array, tail: number, shape: CalibratorShape): number {
  const kept = 1 - Math.exp(-shape.winsorMeans)
  let tailDays = 0
  for (let i = tail; i < days.length; i++) tailDays += value(days, i)
  let mean = priorExcess
  for (let round = 0; round < 6; round++) {
    let sum = 0
    for (let i = tail; i < days.length; i++) {
      const excess = (i - tail + 0.5) * shape.binWidth
      sum += value(days, i) * Math.min(excess, shape.winsorMeans * mean)
    }
    mean = (sum / kept + priorExcess * priorExcesses) / (tailDays + priorExcesses)
  }
  return mean
}
