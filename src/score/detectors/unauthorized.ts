import { counted } from '../../baseline/counted.ts'
import type { CountDetector } from '../detector.ts'

/**
 * Refusals for authentication of a token that had been served: expired, rotated, or tried elsewhere.
 * Evaded by a thief whose token works. Wrong on retry storms after a rotation: a storm is one clump.
 */
export const unauthorized: CountDetector = {
  kind: 'count',
  id: 'unauthorized',
  family: 'failure',
  isBursty: true,
  noun: 'refusals for authentication (401)',
  counts: counted.unauthorized,
  clumpLogSd: 1.6,
  countMin: 1,
  valueOf: () => '401',
}
