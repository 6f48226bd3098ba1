import { counted } from '../../baseline/counted.ts'
import type { CountDetector } from '../detector.ts'

/**
 * Calls from a country that the token has not been in.
 * Evaded through a proxy in the owner's country. Wrong on trips and roaming: only the owner can tell.
 */
export const newCountry: CountDetector = {
  kind: 'count',
  id: 'new-country',
  family: 'network',
  isBursty: false,
  noun: 'countries new to this token',
  counts: counted.newCountry,
  clumpLogSd: undefined,
  countMin: 1,
  valueOf: ({ country }) => country,
}
