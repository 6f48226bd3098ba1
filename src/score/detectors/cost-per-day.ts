import { measured } from '../../baseline/measured.ts'
import type { MagnitudeDetector } from '../detector.ts'

/**
 * What a key of language models costs in a day: stolen keys are resold, and buyers use them up.
 * Evaded by spending no more than the owner does. Wrong on evaluations and batch jobs that are new.
 */
export const costPerDay: MagnitudeDetector = {
  kind: 'magnitude',
  id: 'cost-per-day',
  family: 'cost',
  isBursty: true,
  noun: 'millionths of a US dollar today',
  measures: measured.costPerDay,
}
