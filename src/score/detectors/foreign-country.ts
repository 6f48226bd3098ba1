import { counted } from '../../baseline/counted.ts'
import type { CountDetector } from '../detector.ts'

/**
 * A new country that nobody in the tenant calls from.
 * Evaded through a proxy in one of the tenant's countries. Wrong on the tenant's first trip there.
 */
export const foreignCountry: CountDetector = {
  kind: 'count',
  id: 'foreign-country',
  family: 'foreign',
  isBursty: false,
  noun: 'countries that neither this token nor its tenant had called from',
  counts: counted.foreignCountry,
  clumpLogSd: undefined,
  countMin: 1,
  valueOf: ({ country }) => country,
}
