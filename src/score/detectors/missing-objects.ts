import { counted } from '../../baseline/counted.ts'
import type { CountDetector } from '../detector.ts'

/**
 * Objects that do not exist: ids are guessed.
 * Evaded by ids known to exist. Wrong after deletions and on stale caches.
 */
export const missingObjects: CountDetector = {
  kind: 'count',
  id: 'missing-objects',
  family: 'enumeration',
  isBursty: true,
  noun: 'answers "not found" (404)',
  counts: counted.missingObject,
  clumpLogSd: 1.3,
  countMin: 1,
  valueOf: ({ route }) => route,
}
