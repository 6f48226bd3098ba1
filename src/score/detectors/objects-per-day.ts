import { measured } from '../../baseline/measured.ts'
import type { MagnitudeDetector } from '../detector.ts'

/**
 * Distinct objects touched in a day: scraping shows here before it shows in requests.
 * Evaded by taking fewer than the token usually touches. Wrong on reindexing and exports.
 */
export const objectsPerDay: MagnitudeDetector = {
  kind: 'magnitude',
  id: 'objects-per-day',
  family: 'objects',
  isBursty: true,
  noun: 'distinct objects today',
  measures: measured.objectsPerDay,
}
