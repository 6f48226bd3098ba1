import { expect, test } from 'vitest'
import { createKnownValues, knownKey } from '../../src/baseline/known-values.ts'

const hour = 3_600
const key = knownKey(1, 3, 64500)

test('a sighting that is not hasty takes half a day, however many there were', () => {
  const known = createKnownValues(10)
  const sightings = [1, 2, 3, 4, 5].map(by => known.sight(key, by, 0, false))
  expect(sightings).toEqual([false, false, false, false, false])
  expect(known.sight(key, 6, 12 * hour + 1, false)).toBe(true)
})

test('a value is known after three sightings by others, or after one of 12 hours', () => {
  const known = createKnownValues(10)
  expect([1, 2, 3, 4].map(by => known.sight(key, by, 0))).toEqual([false, false, false, true])
  const settled = createKnownValues(10)
  settled.sight(key, 1, 0)
  expect(settled.sight(key, 2, 12 * hour)).toBe(false)
  expect(settled.sight(key, 2, 12 * hour + 1)).toBe(true)
})

test("a token's own sightings make nothing known to it", () => {
  const known = createKnownValues(10)
  for (let i = 0; i < 9; i++) known.sight(key, 1, 0)
  expect(known.sight(key, 1, 100 * hour)).toBe(false)
})

test('groups and kinds of value are kept apart', () => {
  const keys = [knownKey(1, 3, 5), knownKey(2, 3, 5), knownKey(1, 5, 5), knownKey(1, 3, 6)]
  expect(new Set(keys).size).toBe(4)
})

test('the bound holds; values in use stay, a flood of singles passes through', () => {
  const known = createKnownValues(100)
  for (let by = 1; by <= 5; by++) known.sight(key, by, 0)
  for (let i = 0; i < 1000; i++) {
    known.sight(knownKey(1, 3, 1000 + i), 9, 0)
    if (i % 50 === 0) known.sight(key, 7, 0)
  }
  expect(known.count).toBe(100)
  expect(known.sight(key, 8, 0)).toBe(true)
})

test('what nobody met anew for long is forgotten', () => {
  const known = createKnownValues(10)
  known.sight(key, 1, 0)
  known.forgetBefore(1)
  expect(known.count).toBe(0)
})

test('columns restore the same answers and the same evictions', () => {
  const original = createKnownValues(4)
  for (let i = 0; i < 9; i++) original.sight(knownKey(1, 3, i % 6), i, i * hour)
  const copy = createKnownValues(4)
  copy.restore(original.columns)
  for (let i = 0; i < 40; i++) {
    const sighting = [knownKey(1, 3, (i * 5) % 7), i % 3, (9 + i) * hour] as const
    expect(copy.sight(...sighting)).toBe(original.sight(...sighting))
  }
})
