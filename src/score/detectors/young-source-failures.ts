import { counted } from '../../baseline/counted.ts'
import type { CountDetector } from '../detector.ts'

/**
 * Refusals that come with a new network or client: a thief who finds out what the token can do.
 * Evaded by a thief who knows. Wrong when a new deployment is misconfigured.
 */
export const youngSourceFailures: CountDetector = {
  kind: 'count',
  id: 'young-source-failures',
  family: 'failure',
  isBursty: true,
  noun: 'refusals (401, 403) of a network or client first seen in the last 24 hours',
  counts: counted.youngSourceFailure,
  clumpLogSd: 1.3,
  countMin: 1,
  valueOf: ({ prefix, status }) => `${status} from ${prefix}`,
}
