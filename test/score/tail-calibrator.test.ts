import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createTailCalibrator } from '../../src/score/tail-calibrator.ts'

const shape = {
  binWidth: 0.25,
  bins: 160,
  priorDays: 60,
  priorSlope: 1,
  tailShare: 0.03,
  winsorMeans: 3,
  isResolutionCapped: false,
}

function calibrator(statistics: readonly number[], changes: Partial<typeof shape> = {}) {
  const made = createTailCalibrator(
    { ...shape, ...changes },
    { days: new Float64Array(160), today: new Float64Array(160) },
  )
  for (const statistic of statistics) made.add(statistic)
  made.roll(1)
  return made
}

/** Quantiles of an exponential: what calibrated surprises of ordinary days are like. */
const exponential = (count: number, mean = 1) =>
  Array.from({ length: count }, (_, i) => -mean * Math.log((i + 0.5) / count))

test('20,000 exponential token-days are calibrated to themselves, to the last of them', () => {
  const { surprise } = calibrator(exponential(20_000))
  for (const statistic of [1, 3, 6, 9]) expect(surprise(statistic)).toBeCloseTo(statistic, 0)
})

test('a heavy population makes the same statistic ordinary', () => {
  expect(calibrator(exponential(20_000, 3)).surprise(9)).toBeCloseTo(3, 0)
})

test('what is told once weighs once: a repeated day is one without surprise', () => {
  const withAttack = (weight: number) => {
    const made = calibrator(exponential(1_000))
    for (let day = 0; day < 50; day++) made.add(30, weight)
    made.roll(1)
    return made
  }
  expect(withAttack(0).surprise(12)).toBeGreaterThan(withAttack(1).surprise(12) + 1)
  expect(withAttack(0).tokenDays).toBeCloseTo(withAttack(1).tokenDays, 6)
})

test('two attacked token-days in a thousand do not blunt the tail', () => {
  const clean = calibrator(exponential(10_000)).surprise(12)
  const attacked = calibrator([...exponential(10_000), ...new Array<number>(20).fill(30)])
  expect(attacked.surprise(12)).toBeGreaterThan(0.75 * clean)
})

test('without any token-day the prior speaks: .6 of what lies beyond .7', () => {
  expect(calibrator([]).surprise(10.7)).toBeCloseTo(6, 1)
})

test('what so many token-days cannot resolve counts at 40 %', () => {
  const capped = calibrator(exponential(1000), { isResolutionCapped: true })
  const free = calibrator(exponential(1000))
  const resolution = Math.log(1000 + 60) + 1
  expect(capped.surprise(20)).toBeCloseTo(resolution + 0.4 * (free.surprise(20) - resolution), 6)
})

describe('laws', () => {
  test('finite, not negative, and more is never less surprising', () => {
    const statistic = fc.double({ min: 0, max: 1e4, noNaN: true })
    fc.assert(
      fc.property(fc.array(statistic), statistic, statistic, (seen, a, b) => {
        const { surprise } = calibrator(seen)
        expect(surprise(Math.min(a, b))).toBeGreaterThanOrEqual(0)
        expect(surprise(Math.max(a, b))).toBeGreaterThanOrEqual(surprise(Math.min(a, b)) - 1e-9)
        expect(Number.isFinite(surprise(Math.max(a, b)))).toBe(true)
      }),
    )
  })
})
