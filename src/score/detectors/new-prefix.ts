import { counted } from '../../baseline/counted.ts'
import type { CountDetector } from '../detector.ts'

/**
 * Calls from a new /24 or /48: theft from the same provider or region.
 * Evaded through a proxy in a prefix that the owner uses. Wrong on address rotation and autoscaling,
 * which the token's history and its peer class absorb.
 */
export const newPrefix: CountDetector = {
  kind: 'count',
  id: 'new-prefix',
  family: 'network',
  isBursty: true,
  noun: 'prefixes new to this token',
  counts: counted.newPrefix,
  clumpLogSd: undefined,
  countMin: 1,
  valueOf: ({ prefix }) => prefix,
}
