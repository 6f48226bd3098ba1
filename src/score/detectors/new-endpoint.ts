import { counted } from '../../baseline/counted.ts'
import type { CountDetector } from '../detector.ts'
import { endpointText } from '../endpoint-text.ts'

/**
 * Routes and methods that the token had never called: reconnaissance and misuse for another purpose.
 * Evaded by staying on the owner's routes. Wrong on deploys, which the peers' knowledge absorbs.
 */
export const newEndpoint: CountDetector = {
  kind: 'count',
  id: 'new-endpoint',
  family: 'endpoint',
  isBursty: false,
  noun: 'endpoints new to this token',
  counts: counted.newEndpoint,
  clumpLogSd: undefined,
  countMin: 1,
  valueOf: endpointText,
}
