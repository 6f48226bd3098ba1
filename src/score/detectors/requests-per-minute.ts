import { measured } from '../../baseline/measured.ts'
import type { MagnitudeDetector } from '../detector.ts'

/**
 * The busiest minute: scripts are faster than people.
 * Evaded by throttling. Wrong when a client begins to work in parallel.
 */
export const requestsPerMinute: MagnitudeDetector = {
  kind: 'magnitude',
  id: 'requests-per-minute',
  family: 'volume',
  isBursty: true,
  noun: 'requests in the busiest minute',
  measures: measured.requestsPerMinute,
}
