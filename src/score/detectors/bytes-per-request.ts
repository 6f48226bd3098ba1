import { measured } from '../../baseline/measured.ts'
import type { MagnitudeDetector } from '../detector.ts'

/**
 * Larger answers than this token's usual ones: bulk endpoints, larger pages.
 * Evaded by usual page sizes. Wrong when an API's answers grow for everyone: a common cause.
 */
export const bytesPerRequest: MagnitudeDetector = {
  kind: 'magnitude',
  id: 'bytes-per-request',
  family: 'bytes',
  isBursty: true,
  noun: 'bytes for each request in one hour',
  measures: measured.bytesPerRequest,
}
