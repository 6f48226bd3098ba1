import { counted } from '../../baseline/counted.ts'
import type { CountDetector } from '../detector.ts'

/**
 * Decimal ids taken one after the other: enumeration of objects (BOLA).
 * Evaded by random order and by ids that are not numbers. Wrong for jobs that walk their own objects,
 * which the token's history absorbs.
 */
export const consecutiveObjects: CountDetector = {
  kind: 'count',
  id: 'consecutive-objects',
  family: 'enumeration',
  isBursty: true,
  noun: 'consecutive object ids',
  counts: counted.consecutiveObject,
  clumpLogSd: 1.3,
  countMin: 1,
  valueOf: ({ route }) => route,
}
