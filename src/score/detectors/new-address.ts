import { counted } from '../../baseline/counted.ts'
import type { CountDetector } from '../detector.ts'

/**
 * Calls from addresses that the token has not used: theft within a known prefix.
 * Evaded from the owner's own address. Wrong for tokens whose addresses rotate, until the token's own
 * history says so: a mobile token's 400th address is no surprise.
 */
export const newAddress: CountDetector = {
  kind: 'count',
  id: 'new-address',
  family: 'network',
  isBursty: true,
  noun: 'addresses new to this token',
  counts: counted.newAddress,
  clumpLogSd: undefined,
  countMin: 1,
  valueOf: ({ ip }) => ip,
}
