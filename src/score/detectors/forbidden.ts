import { counted } from '../../baseline/counted.ts'
import type { CountDetector } from '../detector.ts'

/**
 * Refusals for lack of permission: someone tries what the token may not do.
 * Evaded by staying within the token's scopes. Wrong when scopes shrink or a deploy asks too much.
 */
export const forbidden: CountDetector = {
  kind: 'count',
  id: 'forbidden',
  family: 'failure',
  isBursty: true,
  noun: 'refusals for lack of permission (403)',
  counts: counted.forbidden,
  clumpLogSd: 1.3,
  countMin: 1,
  valueOf: ({ method, route }) => `${method} ${route}`,
}
