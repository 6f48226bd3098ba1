import { measured } from '../../baseline/measured.ts'
import type { MagnitudeDetector } from '../detector.ts'

/**
 * Tokens that language models read and wrote for a key in a day, where the log does not tell their price.
 * Evaded by asking no more than the owner does. Wrong on evaluations and batch jobs that are new.
 */
export const modelTokensPerDay: MagnitudeDetector = {
  kind: 'magnitude',
  id: 'model-tokens-per-day',
  family: 'cost',
  isBursty: true,
  noun: 'tokens read and written by models today',
  measures: measured.modelTokensPerDay,
}
