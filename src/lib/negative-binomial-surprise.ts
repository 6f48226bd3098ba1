import { logGamma } from './log-gamma.ts'

/**
 * Surprise of a count: -ln P(N >= n), N negative binomial, the predictive of a gamma-Poisson count.
 *
 * The tail is summed upward from P(N = n) in log space, so nothing underflows. Counts at or below the
 * mean are ordinary by definition and cost no sum: they get the surprise of there being any.
 *
 * @param n - whole, >= 0
 * @param mean - > 0
 * @param size - dispersion, > 0: variance = mean + mean^2 / size
 * @returns nats, finite, >= 0; at most 60 terms, what is left is bounded by a geometric series
 * @see Johnson, Kemp & Kotz (2005), Univariate Discrete Distributions, chapter 5
 */
export function negativeBinomialSurprise(n: number, mean: number, size: number): number {
  if (n <= 0) return 0
  const any = -Math.log(-Math.expm1(-size * Math.log1p(mean / size)))
  if (n === 1 || n <= mean) return any
  const success = mean / (mean + size)
  const logMass =
    logGamma(n + size) -
    logGamma(size) -
    logGamma(n + 1) -
    size * Math.log1p(mean / size) +
    n * Math.log(success)
  return Math.max(any, -logMass - Math.log(relativeTail(n, size, success)))
}

/** Sum of P(N = k) for k >= n, in units of P(N = n): P(k + 1)/P(k) = (k + size)/(k + 1) success. */
function relativeTail(n: number, size: number, success: number): number {
  let term = 1
  let sum = 1
  let k = n
  for (const last = n + 60; k < last; k++) {
    term *= ((k + size) / (k + 1)) * success
    sum += term
    if (term < 1e-6 * sum) return sum
  }
  const ratio = Math.min(0.9995, size > 1 ? ((k + size) / (k + 1)) * success : success)
  return sum + (term * ratio) / (1 - ratio)
}
