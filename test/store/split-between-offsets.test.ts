import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { AccessEvent } from '../../src/domain/access-event.ts'
import { splitBetweenOffsets } from '../../src/store/event-stream.ts'

const at = (offset: number) => ({ offset }) as AccessEvent

test('batches hold all events in order, none is too large, and no offset is in two', () => {
  const runs = fc.array(fc.integer({ min: 1, max: 5 }), { maxLength: 40 })
  fc.assert(
    fc.property(runs, fc.integer({ min: 5, max: 12 }), (lengths, rowsMax) => {
      const events = lengths.flatMap((length, offset) => Array.from({ length }, () => at(offset)))
      const batches = splitBetweenOffsets(events, rowsMax)
      expect(batches.flat()).toEqual(events)
      for (const [index, batch] of batches.entries()) {
        expect(batch.length).toBeGreaterThan(0)
        expect(batch.length).toBeLessThanOrEqual(rowsMax)
        expect(batch.at(-1)?.offset).not.toBe(batches[index + 1]?.[0]?.offset)
      }
    }),
  )
})

test('a record with more events than a batch may hold is refused', () => {
  expect(() => splitBetweenOffsets([at(1), at(1), at(1)], 2)).toThrow(RangeError)
})
