import { expect, test } from 'vitest'
import { parseRetryAfter } from '../../src/lib/parse-retry-after.ts'
import { retryDelayMs } from '../../src/lib/retry-delay.ts'

const schedule = [1_000, 60_000]

test.each([
  [1, 0, undefined, 800],
  [1, 0.5, undefined, 1_000],
  [2, 0.999_999, undefined, 72_000],
  [3, 0, undefined, undefined],
  [1, 0, 5_000, 5_000],
  [1, 0, 500, 800],
  [1, 0, 86_400_000, 60_000],
])('failure %i, jitter %f, asked for %s: %s', (failures, jitter, retryAfterMs, delayMs) => {
  expect(retryDelayMs(schedule, failures, { jitter, retryAfterMs })).toBe(delayMs)
})

const now = Date.UTC(2026, 0, 1, 12)

test.each([
  ['0', 0],
  ['120', 120_000],
  [' 5 ', 5_000],
  ['Thu, 01 Jan 2026 12:00:30 GMT', 30_000],
  ['Thu, 01 Jan 2026 11:00:00 GMT', 0],
  ['-5', undefined],
  ['1.5', undefined],
  ['soon', undefined],
  ['', undefined],
  [undefined, undefined],
  ['99999999999999', undefined],
])('Retry-After %s is %s', (header, waitMs) => {
  expect(parseRetryAfter(header, now)).toBe(waitMs)
})
