import { errorFunction, gammaln } from 'simple-statistics'
import { expect, test } from 'vitest'
import { erfc } from '../../src/lib/erfc.ts'
import { logGamma } from '../../src/lib/log-gamma.ts'

// An implementation that is not ours says the same.

test.each([-3, -1, -0.2, 0, 0.1, 0.5, 1, 2, 3])('erfc(%d) is 1 - erf of simple-statistics', x => {
  expect(erfc(x)).toBeCloseTo(1 - errorFunction(x), 6)
})

test.each([0.5, 1, 1.5, 2, 7.25, 30, 1_000])('logGamma(%d) is gammaln of simple-statistics', x => {
  expect(logGamma(x)).toBeCloseTo(gammaln(x), 8)
})
