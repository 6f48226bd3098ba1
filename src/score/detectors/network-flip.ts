import { counted } from '../../baseline/counted.ts'
import type { CountDetector } from '../detector.ts'

/**
 * The same token on two networks in turns: shared, or stolen and still in use by its owner.
 * Evaded by waiting until the owner sleeps. Wrong on dual stack, VPNs and mobile carriers, which a
 * token's history absorbs.
 */
export const networkFlip: CountDetector = {
  kind: 'count',
  id: 'network-flip',
  family: 'network-flip',
  isBursty: true,
  noun: 'switches back and forth between networks within an hour',
  counts: counted.networkFlip,
  clumpLogSd: 1.3,
  countMin: 1,
  valueOf: ({ asn }) => `AS${asn}`,
}
