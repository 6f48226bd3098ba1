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
  /** Mutates: one token-day's maximum; it counts from the next `rebuild` on. */
  add(statistic: number): void
  /**
   * Mutates: merges the day, forgets, and fits anew.
   *
   * @param memory - factor on what is known, 0 to 1
   * @param parent - the table of all tokens that a class shrinks to, with 150 token-days
   */
  rebuild(memory: number, parent?: TailCalibrator): void
  /** Fits anew from the histogram as it is, after a restore. */
  refit(parent?: TailCalibrator): void
  /** @returns calibrated surprise, nats, >= 0, <= 25 where capped */
  surprise(statistic: number): number
  readonly table: Float64Array
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
 * @param days - histogram as of the last rebuild, `shape.bins` long
 * @param today - what came since
 * @see Siffer, Fouque, Termier & Largouet (2017), Anomaly detection in streams with extreme value
 *   theory, KDD; Vovk, Gammerman & Shafer (2005), Algorithmic Learning in a Random World
 */
export function createTailCalibrator(
  shape: CalibratorShape,
  days: Float64Array,
  today: Float64Array,
): TailCalibrator {
  const { binWidth, bins } = shape
  const table = new Float64Array(bins + 1)
  const survival = new Float64Array(bins + 1)
  let tokenDays = 0
  let meanExcess = priorExcess
  let resolution = 0

  function refit(parent?: TailCalibrator): void {
    for (let i = bins - 1; i >= 0; i--) survival[i] = value(survival, i + 1) + value(days, i)
    tokenDays = value(survival, 0)
    const tail = tailStart(survival, Math.max(shape.tailShare * tokenDays, tailDaysMin))
    const tailDays = value(survival, tail)
    meanExcess = tailDays > 0 ? fitExcess(days, tail, shape) : 1 / shape.priorSlope
    const known = Math.max(tokenDays, parent?.tokenDays ?? 0)
    resolution = Math.log(known + shape.priorDays) + 1
    const priorDays = parent === undefined ? shape.priorDays : parentDays
    for (let i = 0; i <= bins; i++) {
      const excess = Math.max(0, i - tail) * binWidth
      const reached = value(survival, Math.min(i, tail)) * Math.exp(-excess / meanExcess)
      const prior = parent === undefined ? priorSurprise(i * binWidth) : value(parent.table, i)
      const share = (reached + priorDays * Math.exp(-prior)) / (tokenDays + priorDays)
      table[i] = -Math.log(Math.min(1, share))
    }
  }

  const priorSurprise = (statistic: number) => shape.priorSlope * 0.6 * Math.max(0, statistic - 0.7)

  function uncapped(statistic: number): number {
    const place = statistic / binWidth
    if (place >= bins - 1) {
      const beyond = statistic - (bins - 1) * binWidth
      return value(table, bins - 1) + (0.5 * beyond) / Math.max(meanExcess, 1)
    }
    const bin = Math.floor(place)
    const share = place - bin
    return Math.max(0, value(table, bin) * (1 - share) + value(table, bin + 1) * share)
  }

  refit()
  return {
    add(statistic) {
      const bin = Math.min(bins - 1, Math.max(0, Math.floor(statistic / binWidth)))
      today[bin] = value(today, bin) + 1
    },
    rebuild(memory, parent) {
      for (let i = 0; i < bins; i++) days[i] = memory * (value(days, i) + value(today, i))
      today.fill(0)
      refit(parent)
    },
    refit,
    surprise(statistic) {
      const surprise = uncapped(statistic)
      if (!shape.isResolutionCapped || surprise <= resolution) return surprise
      return Math.min(surpriseMax, resolution + 0.4 * (surprise - resolution))
    },
    table,
    get tokenDays() {
      return tokenDays
    },
  }
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
