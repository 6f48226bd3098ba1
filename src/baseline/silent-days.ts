import { lomaxSurprise } from '../lib/lomax-surprise.ts'
import { at } from './layout.ts'
import { get, set, type TokenState } from './token-states.ts'

/** Prior of a gap: 1.5 gaps of 1.5 days in all, so that most tokens are expected daily. */
const priorGaps = 1.5
const priorDays = 2.25
const memory = 0.97
/** As many gaps count, at most, of however many were seen: a daily token has holidays too, so its tail stays heavy. */
const gapsMax = 2.5

/**
 * Surprise of the silence between two active days, under the token's own gaps.
 *
 * @param gapDays - difference of the two days, >= 1
 */
export function silenceSurprise(state: TokenState, gapDays: number): number {
  const gaps = get(state, at.gapCount)
  const counted = Math.min(gaps, gapsMax)
  const days = gaps > 0 ? (get(state, at.gapDays) * counted) / gaps : 0
  return lomaxSurprise(gapDays - 1, priorGaps + counted, priorDays + days)
}

/** Days that a gap of this token is expected to last beyond the next day. */
export function expectedSilence(state: TokenState): number {
  return (priorDays + get(state, at.gapDays)) / (priorGaps + get(state, at.gapCount))
}

/** Mutates: learns one gap, at most 6 times the expected one. */
export function learnSilence(state: TokenState, gapDays: number): void {
  const longest = 6 * expectedSilence(state)
  set(state, at.gapCount, memory * get(state, at.gapCount) + 1)
  set(state, at.gapDays, memory * get(state, at.gapDays) + Math.min(gapDays - 0.95, longest))
}
