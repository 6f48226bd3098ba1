import fc from 'fast-check'
import { expect, test } from 'vitest'

import type { TimeUnit } from '../../src/normalize/draft.ts'
import { parseTime } from '../../src/normalize/parse-time.ts'

const nineOClock = Date.UTC(2026, 0, 5, 9, 0, 1)

test.each<[unknown, TimeUnit, number]>([
  ['2026-01-05T09:00:01Z', 'text', 0],
  ['2026-01-05T09:00:01', 'text', 0],
  ['2026-01-05 09:00:01', 'text', 0],
  ['2026-01-05T09:00:01.123456789Z', 'text', 123],
  ['2026-01-05T09:00:01,5+00:00', 'text', 500],
  ['2026-01-05T17:00:01.123+08:00', 'text', 123],
  ['2026-01-04T23:30:01-0930', 'text', 0],
  ['2026-01-05T09:00:01+00', 'text', 0],
  ['05/Jan/2026:10:00:01 +0100', 'text', 0],
  [1_767_603_601_123, 'ms', 123],
  ['1767603601123', 'ms', 123],
  [1_767_603_601.123, 's', 123],
  ['1767603601.123', 's', 123],
])('%j read as %s is nine o clock and one second', (value, unit, extraMs) => {
  expect(parseTime(value, unit)).toBe(nineOClock + extraMs)
})

test.each([
  '2026-02-30T00:00:00Z',
  '2026-13-01T00:00:00Z',
  '2026-01-05T24:00:00Z',
  '2026-01-05T09:61:00Z',
  '2026-01-05T09:00:01.Z',
  '2026-01-05T09:00:01+99:00',
  '2026-01-05',
  '31/Feb/2026:00:00:00 +0000',
  '05/Foo/2026:00:00:00 +0000',
  'yesterday',
  '1767603601x',
  '',
  {},
  null,
  true,
  Number.NaN,
])('%j is no time', value => {
  expect(parseTime(value, 'text')).toBeNaN()
})

test('agrees with the language on every ISO date', () => {
  fc.assert(
    fc.property(
      fc.date({ min: new Date('1970-01-01'), max: new Date('2199-12-31'), noInvalidDate: true }),
      date => {
        expect(parseTime(date.toISOString(), 'text')).toBe(date.getTime())
      },
    ),
  )
})
