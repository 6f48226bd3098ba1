import { measured } from '../../baseline/measured.ts'
import type { MagnitudeDetector } from '../detector.ts'

/**
 * Bytes that left in a day: fast exfiltration.
 * Evaded by taking a little every day; the slow score looks for that. Wrong on exports.
 */
export const bytesPerDay: MagnitudeDetector = {
  kind: 'magnitude',
  id: 'bytes-per-day',
  family: 'bytes',
  isBursty: true,
  noun: 'bytes sent today',
  measures: measured.bytesPerDay,
}
