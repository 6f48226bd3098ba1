import { counted } from '../../baseline/counted.ts'
import type { CountDetector } from '../detector.ts'

/**
 * Interleaving with a network that the token met only days ago: an established pair is left out.
 * Evaded by waiting until the owner sleeps. Wrong in the first days of a migration with overlap.
 */
export const youngNetworkFlip: CountDetector = {
  kind: 'count',
  id: 'young-network-flip',
  family: 'network-flip',
  isBursty: true,
  noun: 'switches within an hour to or from a network first used in the last 4 days',
  counts: counted.youngNetworkFlip,
  clumpLogSd: 1.3,
  countMin: 1,
  valueOf: ({ asn }) => `AS${asn}`,
}
