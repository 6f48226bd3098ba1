import { expect, test } from 'vitest'
import { createKnownObjects } from '../../src/baseline/known-objects.ts'
import { mixBits } from '../../src/lib/mix-bits.ts'

const newOf = (
  objects: ReturnType<typeof createKnownObjects>,
  ids: readonly number[],
  day: number,
) => ids.filter(id => objects.meet(1, mixBits(id), day)).length

const range = (from: number, count: number) => Array.from({ length: count }, (_, i) => from + i)

test('an object is new once, and of a hundred new ones hardly any passes for known', () => {
  const objects = createKnownObjects()
  expect(newOf(objects, range(0, 100), 1)).toBeGreaterThanOrEqual(94)
  expect(newOf(objects, range(0, 100), 2)).toBe(0)
  expect(newOf(objects, range(5_000, 100), 3)).toBeGreaterThanOrEqual(88)
})

test('tokens do not share what they know, and a forgotten one knows nothing', () => {
  const objects = createKnownObjects()
  objects.meet(1, 7, 1)
  expect(objects.meet(2, 7, 1)).toBe(true)
  objects.free(1)
  expect(objects.columnOf(1)).toBeUndefined()
  expect(objects.meet(1, 7, 1)).toBe(true)
})

test('it is settled after five active days, and not while a token touches ever more objects', () => {
  const objects = createKnownObjects()
  for (let day = 1; day <= 6; day++) newOf(objects, range(0, 50), day)
  expect(objects.isSettled(1, 5)).toBe(false)
  expect(objects.isSettled(1, 6)).toBe(true)
  newOf(objects, range(1_000, 2_000), 7)
  expect(objects.isSettled(1, 7)).toBe(false)
  expect(objects.isSettled(2, 9)).toBe(false)
})

test('goes on as it was after a restore', () => {
  const objects = createKnownObjects()
  newOf(objects, range(0, 300), 1)
  const restored = createKnownObjects()
  restored.restore(1, objects.columnOf(1) ?? [])
  expect(newOf(restored, range(200, 300), 7)).toBe(newOf(objects, range(200, 300), 7))
  expect(restored.columnOf(1)).toEqual(objects.columnOf(1))
  expect(restored.bytes).toBe(264)
  restored.restore(1, [])
  expect(restored.columnOf(1)).toBeUndefined()
})
