import { at, start } from '../baseline/layout.ts'
import { get, getFloat, setFloat, type TokenState } from '../baseline/token-states.ts'

/** One token-day in ten exceeds it: where a tail begins. */
const tailStart = 2.3
const memory = 0.985
/** Tail index 1 as if from three excesses. */
const priorExcesses = 3

/** Young tokens are hard to judge: 2 on the first day, 1 after a fortnight. */
function maturityDiscount(activeDays: number): number {
  return 1 + Math.exp(-(activeDays - 1) / 2.5)
}

/**
 * Deflates a surprise by what this token's own surprises are like: a token that has many large ones
 * has a heavy tail, whatever its model says.
 *
 * @param tailSlot - of a bursty detector, else undefined
 * @returns nats, >= 0
 * @see Hill (1975), A simple general approach to inference about the tail of a distribution
 */
export function deflate(state: TokenState, tailSlot: number | undefined, surprise: number): number {
  if (surprise <= tailStart) return surprise
  const discount = maturityDiscount(get(state, at.activeDays))
  const excess = surprise - tailStart
  if (tailSlot === undefined) return tailStart + excess / Math.sqrt(discount)
  const count = getFloat(state, start.tailCount + tailSlot) + priorExcesses
  const sum = getFloat(state, start.tailExcess + tailSlot) + priorExcesses * discount
  return tailStart + (excess * count) / sum
}

/** Mutates the token's tail: the day's maximum of a bursty detector. */
export function learnTail(
  state: TokenState,
  tailSlot: number,
  { surprise, weight }: { readonly surprise: number; readonly weight: number },
): void {
  const isExcess = surprise > tailStart
  const excess = Math.max(0.5, Math.min(surprise - tailStart, 15))
  const sum = memory * getFloat(state, start.tailExcess + tailSlot)
  const count = memory * getFloat(state, start.tailCount + tailSlot)
  setFloat(state, start.tailExcess + tailSlot, sum + (isExcess ? weight * excess : 0))
  setFloat(state, start.tailCount + tailSlot, count + (isExcess ? weight : 0))
}
