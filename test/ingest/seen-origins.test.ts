import fc from 'fast-check'
import { expect, test } from 'vitest'
import { SeenOrigins } from '../../src/ingest/seen-origins.ts'

const at = (offset: number, index = 0, partition = 0, source = 'access') => ({
  ...{ source, partition, offset, index },
})

test('what is stored, and what came before, is not new', () => {
  const seen = new SeenOrigins([at(7, 2), at(3, 0, 1)])
  expect(seen.isNew(at(7, 2))).toBe(false)
  expect(seen.isNew(at(6, 9))).toBe(false)
  expect(seen.isNew(at(7, 3))).toBe(true)
  expect(seen.isNew(at(7, 3))).toBe(false)
  expect(seen.isNew(at(8, 0))).toBe(true)
})

test('partitions and topics are apart', () => {
  const seen = new SeenOrigins([at(7)])
  expect(seen.isNew(at(0, 0, 1))).toBe(true)
  expect(seen.isNew(at(0, 0, 0, 'other'))).toBe(true)
  expect(seen.isNew(at(0))).toBe(false)
})

/** A writer that begins at or below what is acknowledged, writes on in order, and ends anywhere. */
const writers = fc.array(fc.record({ back: fc.nat(30), writes: fc.nat(60) }), { maxLength: 12 })

test('writers that are killed, replaced and wake up again: each event is new exactly once', () => {
  fc.assert(
    fc.property(writers, fc.infiniteStream(fc.nat()), (plans, draws) => {
      const seen = new SeenOrigins([])
      const taken: number[] = []
      /** Where each writer goes on, and how much it still writes; all of them may be awake at a time. */
      const awake: { next: number; left: number }[] = []
      let reached = 0
      const write = (writer: { next: number; left: number }) => {
        if (seen.isNew(at(Math.floor(writer.next / 3), writer.next % 3))) taken.push(writer.next)
        writer.next += 1
        writer.left -= 1
        reached = Math.max(reached, writer.next)
      }
      for (const { back, writes } of plans) {
        // What one of them has written in a row from the start is acknowledged, or less of it.
        awake.push({ next: Math.max(0, reached - back), left: writes })
        for (let turn = (draws.next().value ?? 0) % 80; turn > 0; turn--) {
          const able = awake.filter(({ left }) => left > 0)
          const writer = able[(draws.next().value ?? 0) % Math.max(1, able.length)]
          if (writer !== undefined) write(writer)
        }
      }
      expect(taken).toEqual(Array.from({ length: reached }, (_, n) => n))
    }),
  )
})
