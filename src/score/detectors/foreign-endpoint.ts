import { counted } from '../../baseline/counted.ts'
import type { CountDetector } from '../detector.ts'
import { endpointText } from '../endpoint-text.ts'

/**
 * Endpoints that nobody in the tenant calls: admin routes, forgotten versions, guesses.
 * Evaded by staying on routes that some peer uses. Wrong for the first token of a new release.
 */
export const foreignEndpoint: CountDetector = {
  kind: 'count',
  id: 'foreign-endpoint',
  family: 'endpoint',
  isBursty: false,
  noun: 'endpoints that neither this token nor its tenant had called',
  counts: counted.foreignEndpoint,
  clumpLogSd: undefined,
  countMin: 1,
  valueOf: endpointText,
}
