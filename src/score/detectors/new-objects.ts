import { measured } from '../../baseline/measured.ts'
import type { MagnitudeDetector } from '../detector.ts'

/**
 * Objects that the token had not touched before: enumeration and scraping within the usual volume.
 * Evaded by staying on the owner's objects. Wrong on reindexing, and on the first export.
 */
export const newObjects: MagnitudeDetector = {
  kind: 'magnitude',
  id: 'new-objects',
  family: 'objects',
  isBursty: true,
  noun: 'objects today that it had not touched before',
  measures: measured.newObjectsPerDay,
}
