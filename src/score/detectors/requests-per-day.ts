import { measured } from '../../baseline/measured.ts'
import type { MagnitudeDetector } from '../detector.ts'

/**
 * A day's requests, weekends apart.
 * Evaded by staying within the usual. Wrong on monthly jobs until two or three have been seen.
 */
export const requestsPerDay: MagnitudeDetector = {
  kind: 'magnitude',
  id: 'requests-per-day',
  family: 'volume',
  isBursty: true,
  noun: 'requests today',
  measures: measured.requestsPerDay,
}
