import type { SpecialDetector } from '../detector.ts'

/**
 * Use after a silence that is long for this token: a forgotten key found by someone else.
 * Evaded by tokens in daily use. Wrong for quarterly jobs until two or three have been seen.
 */
export const dormancy: SpecialDetector = {
  kind: 'silence',
  id: 'dormancy',
  family: 'dormancy',
  isBursty: false,
  noun: 'days of silence',
}
