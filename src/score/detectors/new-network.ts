import { counted } from '../../baseline/counted.ts'
import type { CountDetector } from '../detector.ts'

/**
 * Calls from an autonomous system that the token has not used: the usual sign of a stolen token.
 * Evaded through a residential proxy with the owner's provider. Wrong on migrations, trips and VPNs.
 */
export const newNetwork: CountDetector = {
  kind: 'count',
  id: 'new-network',
  family: 'network',
  isBursty: false,
  noun: 'networks (ASN) new to this token',
  counts: counted.newNetwork,
  clumpLogSd: undefined,
  countMin: 1,
  valueOf: ({ asn }) => `AS${asn}`,
}
