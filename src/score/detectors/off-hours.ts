import type { SpecialDetector } from '../detector.ts'

/**
 * The hour itself: how much of the token's activity lies in hours no busier than this one.
 * Evaded by working in the owner's hours. Never surprised by a token that is active around the clock.
 */
export const offHours: SpecialDetector = {
  kind: 'hours',
  id: 'off-hours',
  family: 'hours',
  isBursty: false,
  noun: 'share of its activity in hours this quiet',
}
