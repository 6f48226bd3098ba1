import { counted } from '../../baseline/counted.ts'
import type { CountDetector } from '../detector.ts'

/**
 * A new network that nobody in the tenant uses: theft rather than a move to a colleague's network.
 * Evaded from the tenant's own cloud provider. Wrong for the first token of a migration and for trips.
 */
export const foreignNetwork: CountDetector = {
  kind: 'count',
  id: 'foreign-network',
  family: 'foreign',
  isBursty: false,
  noun: 'networks (ASN) that neither this token nor its tenant had used',
  counts: counted.foreignNetwork,
  clumpLogSd: undefined,
  countMin: 1,
  valueOf: ({ asn }) => `AS${asn}`,
}
