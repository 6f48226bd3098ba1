import { counted } from '../../baseline/counted.ts'
import type { CountDetector } from '../detector.ts'

/**
 * How much a network or client does on its first day with the token.
 * Evaded by a handful of calls: fewer than 5 are not judged. Wrong on migrations and new devices.
 */
export const youngSourceRequests: CountDetector = {
  kind: 'count',
  id: 'young-source-requests',
  family: 'young-source',
  isBursty: true,
  noun: 'requests from a network or client first seen in the last 24 hours',
  counts: counted.youngSourceRequest,
  clumpLogSd: 1.3,
  countMin: 5,
  valueOf: ({ prefix }) => prefix,
}
