import { measured } from '../../baseline/measured.ts'
import type { MagnitudeDetector } from '../detector.ts'

/**
 * How seldom a token returns to an object: a scraper asks for each once.
 * Evaded by repeating calls. Wrong for jobs that change from polling to listing.
 */
export const objectsPerRequest: MagnitudeDetector = {
  kind: 'magnitude',
  id: 'objects-per-request',
  family: 'objects',
  isBursty: true,
  noun: 'distinct objects for each request today',
  measures: measured.objectsPerRequest,
}
