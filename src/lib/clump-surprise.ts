import { negativeBinomialSurprise } from './negative-binomial-surprise.ts'
import { normalSurprise } from './normal-surprise.ts'

/**
 * Surprise of a count whose units come in clumps, by a hurdle: -ln P(any) - ln P(clump >= n | any),
 * clump sizes log-normal about the expected count.
 *
 * One retry storm is one event of many units: as single units it would be astronomically rare.
 *
 * @param n - whole, >= 0
 * @param mean - > 0
 * @param size - dispersion of whether there is any, > 0
 * @param logSd - standard deviation of ln(clump size), > 0
 * @returns nats, finite, >= 0
 */
export function clumpSurprise(n: number, mean: number, size: number, logSd: number): number {
  if (n <= 0) return 0
  const any = negativeBinomialSurprise(1, Math.min(mean, 3), size)
  const ratio = Math.log(Math.max(1, n / Math.max(1, mean)))
  return any + Math.max(0, normalSurprise(ratio / logSd) - Math.LN2)
}
