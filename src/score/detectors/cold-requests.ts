import { counted } from '../../baseline/counted.ts'
import type { CountDetector } from '../detector.ts'

/**
 * How much happens in unusual hours: a night of scraping against a single late call.
 * Evaded by working in the owner's hours. Wrong on backfills run at night.
 */
export const coldRequests: CountDetector = {
  kind: 'count',
  id: 'cold-requests',
  family: 'hours',
  isBursty: true,
  noun: 'requests in hours in which this token is hardly ever active',
  counts: counted.coldRequest,
  clumpLogSd: 1.3,
  countMin: 1,
  valueOf: () => '',
}
