import { counted } from '../../baseline/counted.ts'
import type { CountDetector } from '../detector.ts'
import { endpointText } from '../endpoint-text.ts'

/**
 * New endpoints together with a new network or client: another program holds the token.
 * Evaded by imitating the owner's calls. Wrong on a migration that comes with a release.
 */
export const youngSourceEndpoints: CountDetector = {
  kind: 'count',
  id: 'young-source-endpoints',
  family: 'endpoint',
  isBursty: false,
  noun: 'new endpoints called by a network or client first seen in the last 24 hours',
  counts: counted.youngSourceEndpoint,
  clumpLogSd: undefined,
  countMin: 1,
  valueOf: endpointText,
}
