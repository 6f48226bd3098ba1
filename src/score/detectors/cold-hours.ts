import { counted } from '../../baseline/counted.ts'
import type { CountDetector } from '../detector.ts'
import { hourText } from '../explain.ts'

/**
 * Activity in hours that hold under 6 % of the token's activity, counted over the day.
 * Evaded by working in the owner's hours. Wrong on late work and incidents; night owls teach it.
 */
export const coldHours: CountDetector = {
  kind: 'count',
  id: 'cold-hours',
  family: 'hours',
  isBursty: true,
  noun: 'active hours in which this token is hardly ever active',
  counts: counted.coldHour,
  clumpLogSd: undefined,
  countMin: 1,
  valueOf: ({ ts }) => hourText(ts),
}
