import fc from 'fast-check'
import { expect, test } from 'vitest'

import { createRandom } from '../../src/simulate/random.ts'

const draw = (count: number, next: () => number) => Array.from({ length: count }, next)
const mean = (values: readonly number[]) =>
  values.reduce((sum, value) => sum + value, 0) / values.length

test('the path alone decides the stream', () => {
  fc.assert(
    fc.property(fc.integer(), fc.string(), (seed, label) => {
      const values = () => draw(5, createRandom(seed, label).next)
      expect(values()).toEqual(values())
    }),
  )
})

test('paths that differ in one step give other streams', () => {
  const paths = [[1], [2], ['1'], [1, 0], [0, 1], ['a', 'b'], ['ab'], [2 ** 33], [2 ** 34]]
  const first = paths.map(path => createRandom(...path).next())
  expect(new Set(first).size).toBe(paths.length)
})

test('draws have the moments of their distributions', () => {
  const random = createRandom(3)
  // Tolerances are four standard errors of 20,000 draws.
  expect(mean(draw(20_000, random.next))).toBeCloseTo(0.5, 1.9)
  expect(Math.abs(mean(draw(20_000, random.normal)))).toBeLessThan(0.029)
  expect(mean(draw(20_000, () => random.poisson(4)))).toBeGreaterThan(4 - 0.057)
  expect(mean(draw(20_000, () => random.poisson(4)))).toBeLessThan(4 + 0.057)
  expect(mean(draw(20_000, () => Math.log(random.logNormal(10, 0.5))))).toBeCloseTo(
    Math.log(10),
    1.5,
  )
})

test('ranks are drawn in proportion to 1, 1/2, 1/3', () => {
  const random = createRandom(4)
  const picks = draw(12_000, () => random.pickByRank([0, 1, 2]))
  const share = (rank: number) => picks.filter(pick => pick === rank).length / picks.length
  expect(share(0)).toBeCloseTo(6 / 11, 1.5)
  expect(share(1)).toBeCloseTo(3 / 11, 1.5)
  expect(share(2)).toBeCloseTo(2 / 11, 1.5)
})

test('nothing can be picked from an empty list', () => {
  expect(() => createRandom(1).pick([])).toThrow(RangeError)
})
