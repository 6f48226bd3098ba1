import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { clumpSurprise } from '../../src/lib/clump-surprise.ts'
import { erfc } from '../../src/lib/erfc.ts'
import { hashText } from '../../src/lib/hash-text.ts'
import { logGamma } from '../../src/lib/log-gamma.ts'
import { lomaxSurprise } from '../../src/lib/lomax-surprise.ts'
import { mixBits } from '../../src/lib/mix-bits.ts'
import { negativeBinomialSurprise } from '../../src/lib/negative-binomial-surprise.ts'
import { normalSurprise } from '../../src/lib/normal-surprise.ts'
import { studentTSurprise } from '../../src/lib/student-t-surprise.ts'

const relative = (actual: number, expected: number) => Math.abs(actual / expected - 1)

// R: 2 * pnorm(x * sqrt(2), lower.tail = FALSE)
test.each([
  [0, 1],
  [0.5, 0.479_500_122_186_953_5],
  [1, 0.157_299_207_050_285_1],
  [3, 2.209_049_699_858_544e-5],
  [-1, 1.842_700_792_949_715],
])('erfc(%d)', (x, expected) => {
  expect(relative(erfc(x), expected)).toBeLessThan(1.3e-7)
})

// R: -pnorm(z, lower.tail = FALSE, log.p = TRUE)
test.each([
  [-3, 0.001_350_81],
  [0, Math.LN2],
  [1.959_963_985, 3.688_879_45],
  [3.999, 10.355_88],
  [4, 10.360_101],
  [6, 20.736_769],
  [10, 53.231_285],
  [40, 804.608_44],
])('surprise of the normal value %d', (z, expected) => {
  expect(normalSurprise(z)).toBeCloseTo(expected, 3)
})

// Tables of Student's t: upper 5 %, 2.5 %, .5 %, .05 %; Wallace's transform is good to 2 %.
test.each([
  [3, 2.353, 0.05],
  [3, 5.841, 0.005],
  [5, 6.869, 0.0005],
  [10, 2.228, 0.025],
  [30, 2.75, 0.005],
  [30, 3.646, 0.0005],
])('surprise of t with %d degrees at %d', (degrees, t, p) => {
  expect(relative(studentTSurprise(t, degrees), -Math.log(p))).toBeLessThan(0.02)
})

test.each([
  [1, 0],
  [2, 0],
  [0.5, Math.log(Math.sqrt(Math.PI))],
  [11, Math.log(3_628_800)],
  [101, 363.739_375_555_563_5],
])('ln Gamma(%d)', (x, expected) => {
  expect(logGamma(x)).toBeCloseTo(expected, 9)
})

describe('surprise of a negative binomial count', () => {
  /** The plain sum of the same probabilities, each from the one before. */
  const plain = (n: number, mean: number, size: number) => {
    const p = mean / (mean + size)
    let mass = (1 - p) ** size
    let below = 0
    for (let k = 0; k < n; k++) {
      below += mass
      mass *= ((k + size) / (k + 1)) * p
    }
    return -Math.log(1 - below)
  }

  test.each([
    [1, 0.2, 0.5],
    [3, 0.7, 2],
    [12, 4, 5],
    [30, 9, 1.5],
  ])('P(N >= %d) with mean %d and size %d', (n, mean, size) => {
    expect(negativeBinomialSurprise(n, mean, size)).toBeCloseTo(plain(n, mean, size), 4)
  })

  test('is the geometric one for size 1: P(N >= n) = (mean / (1 + mean))^n', () => {
    expect(negativeBinomialSurprise(80, 2, 1)).toBeCloseTo(80 * Math.log(3 / 2), 3)
  })

  test('is finite where the probability has long underflowed', () => {
    expect(negativeBinomialSurprise(1e6, 1e-6, 0.15)).toBeGreaterThan(700)
    expect(Number.isFinite(negativeBinomialSurprise(1e6, 1e-6, 0.15))).toBe(true)
  })
})

test('the first surprising wait costs the shape times the log of the ratio', () => {
  expect(lomaxSurprise(9, 2, 1)).toBeCloseTo(2 * Math.log(10), 12)
  expect(lomaxSurprise(0, 2, 1)).toBe(0)
})

const positive = fc.double({ min: 1e-6, max: 1e4, noNaN: true })
const count = fc.integer({ min: 0, max: 100_000 })
const degrees = fc.double({ min: 3, max: 80, noNaN: true })
const statistic = fc.double({ min: -1e6, max: 1e6, noNaN: true })

describe('laws: finite, not negative, and more is never less surprising', () => {
  const check = (arbitrary: fc.Arbitrary<number>, surprise: (value: number) => number) => {
    fc.assert(
      fc.property(arbitrary, arbitrary, (a, b) => {
        const [less, more] = [surprise(Math.min(a, b)), surprise(Math.max(a, b))]
        expect(less).toBeGreaterThanOrEqual(0)
        expect(Number.isFinite(more)).toBe(true)
        // The two branches of a tail meet within the accuracy of the first.
        expect(more).toBeGreaterThanOrEqual(less - 1e-4 * (1 + less))
      }),
    )
  }

  test('normal, Student t', () => {
    check(statistic, normalSurprise)
    fc.assert(
      fc.property(degrees, nu => check(statistic, t => studentTSurprise(t, nu))),
      { numRuns: 20 },
    )
  })

  test('counts, clumps, waits', () => {
    fc.assert(
      fc.property(positive, fc.double({ min: 0.1, max: 5, noNaN: true }), (mean, size) => {
        check(count, n => negativeBinomialSurprise(n, mean, size))
        check(count, n => clumpSurprise(n, mean, size, 1.3))
        check(positive, wait => lomaxSurprise(wait, size, mean))
      }),
      { numRuns: 20 },
    )
  })
})

describe('hashes', () => {
  test('FNV-1a before its last step: the published value of "foobar" is spread, not lost', () => {
    // FNV-1a 32 of "foobar" is 0xbf9cf968 (draft-eastlake-fnv, appendix C).
    const published = 0xbf9cf968
    let spread = published ^ (published >>> 15)
    spread = Math.imul(spread, 0x2c1b3c6d)
    spread = (spread ^ (spread >>> 12)) >>> 0
    expect(hashText('foobar')).toBe(spread)
  })

  test('mixing is one to one, and one bit flips about half of them', () => {
    const mixed = new Set(Array.from({ length: 100_000 }, (_, i) => mixBits(i)))
    expect(mixed.size).toBe(100_000)
    const flipped = mixBits(1) ^ mixBits(2)
    expect(flipped.toString(2).replaceAll(/[-0]/g, '').length).toBeGreaterThan(6)
  })
})
