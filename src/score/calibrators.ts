import { detectorSlots, familySlots } from '../baseline/layout.ts'
import { peerClasses } from '../baseline/population.ts'
import {
  type CalibratorShape,
  createTailCalibrator,
  type TailCalibrator,
} from './tail-calibrator.ts'

const detectorShape: CalibratorShape = {
  binWidth: 0.25,
  bins: 160,
  priorDays: 60,
  priorSlope: 1,
  tailShare: 0.03,
  winsorMeans: 3,
  isResolutionCapped: true,
}
/** What a family is given is calibrated already: its prior tail has the slope of an exponential, 1. */
const familyShape: CalibratorShape = { ...detectorShape, binWidth: 0.2, priorSlope: 1 / 0.6 }
/** The score is the last word: its tail starts earlier and is winsorized harder. */
const scoreShape: CalibratorShape = {
  binWidth: 0.25,
  bins: 240,
  priorDays: 80,
  priorSlope: 0.8,
  tailShare: 0.12,
  winsorMeans: 1.2,
  isResolutionCapped: false,
}
const slowShape: CalibratorShape = { ...scoreShape, bins: 160, tailShare: 0.05 }

/** Statistics calibrated by class: detectors, then families. */
const statistics = detectorSlots + familySlots
const tables = (peerClasses + 1) * statistics
const binsTotal = tables * detectorShape.bins + scoreShape.bins + slowShape.bins

/** All tail calibrators over two shared arrays of token-days: known, and of today. */
export interface Calibrators {
  readonly days: Float64Array
  readonly today: Float64Array
  ofDetector(peerClass: number, detector: number): TailCalibrator
  ofFamily(peerClass: number, family: number): TailCalibrator
  readonly score: TailCalibrator
  readonly slow: TailCalibrator
  /** Mutates: one token-day of a class, for the class and for all tokens. */
  addDetector(peerClass: number, detector: number, statistic: number): void
  addFamily(peerClass: number, family: number, statistic: number): void
  /** Mutates: the population's day is over. `days` counts them from 1. */
  roll(days: number): void
  /** Mutates: `days` and `today` were restored. */
  invalidate(): void
}

export function createCalibrators(): Calibrators {
  const days = new Float64Array(binsTotal)
  const today = new Float64Array(binsTotal)
  let offset = 0
  const create = (shape: CalibratorShape, parent?: TailCalibrator) => {
    const end = offset + shape.bins
    const part = { days: days.subarray(offset, end), today: today.subarray(offset, end) }
    offset = end
    return createTailCalibrator(shape, part, parent)
  }
  const everyone: TailCalibrator[] = []
  const byClass: TailCalibrator[] = []
  for (let i = 0; i < statistics; i++) everyone.push(create(shapeOf(i)))
  for (let i = 0; i < peerClasses * statistics; i++) {
    byClass.push(create(shapeOf(i % statistics), everyone[i % statistics]))
  }
  const score = create(scoreShape)
  const slow = create(slowShape)
  const all = [...everyone, ...byClass, score, slow]

  const ofClass = (peerClass: number, statistic: number) =>
    existing(byClass, peerClass * statistics + statistic)
  function addTo(peerClass: number, index: number, statistic: number): void {
    existing(everyone, index).add(statistic)
    ofClass(peerClass, index).add(statistic)
  }

  return {
    days,
    today,
    ofDetector: ofClass,
    ofFamily: (peerClass, family) => ofClass(peerClass, detectorSlots + family),
    score,
    slow,
    addDetector: addTo,
    addFamily: (peerClass, family, statistic) =>
      addTo(peerClass, detectorSlots + family, statistic),
    roll(count) {
      const memory = Math.min(0.985, 1 - 1.5 / (count + 1.5))
      for (const calibrator of all) calibrator.roll(memory)
    },
    invalidate() {
      for (const calibrator of all) calibrator.invalidate()
    },
  }
}

const shapeOf = (statistic: number) => (statistic < detectorSlots ? detectorShape : familyShape)

function existing(calibrators: readonly TailCalibrator[], index: number): TailCalibrator {
  const calibrator = calibrators[index]
  if (calibrator === undefined) throw new RangeError(`no calibrator ${index}`)
  return calibrator
}
