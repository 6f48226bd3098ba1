import type { SpecialDetector } from '../detector.ts'

/**
 * A prefix from which unknown tokens were refused, and which then surprised this token: stuffing that
 * found one that works.
 * Evaded by trying from elsewhere. Wrong behind a shared exit that many strangers use.
 */
export const refusedSource: SpecialDetector = {
  kind: 'refused-source',
  id: 'refused-source',
  family: 'source',
  isBursty: false,
  noun: 'unknown tokens refused from this prefix today',
}
