import { measured } from '../../baseline/measured.ts'
import type { MagnitudeDetector } from '../detector.ts'

/**
 * An hour's requests against this token's same hours of the week, judged while the hour runs.
 * Evaded by staying within the usual. Wrong on backfills, campaigns and growth faster than learning.
 */
export const requestsPerHour: MagnitudeDetector = {
  kind: 'magnitude',
  id: 'requests-per-hour',
  family: 'volume',
  isBursty: true,
  noun: 'requests in one hour',
  measures: measured.requestsPerHour,
}
