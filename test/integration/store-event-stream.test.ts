import { afterAll, beforeAll, expect, test } from 'vitest'
import type { AccessEvent } from '../../src/domain/access-event.ts'
import { openEventStream } from '../../src/store/event-stream.ts'
import { rollups } from '../../src/store/rollups.ts'
import { selectRows } from '../../src/store/rows.ts'
import { startTestStore, type TestStore } from '../support/clickhouse.ts'
import { eventAt, eventsOf, noDifferences, rollupDifferences } from '../support/stored-events.ts'

let db: TestStore
beforeAll(async () => {
  db = await startTestStore()
})
afterAll(() => db.close())

async function replayed(events: AsyncIterable<readonly AccessEvent[]>) {
  const all: AccessEvent[] = []
  for await (const chunk of events) all.push(...chunk)
  return all
}

test('events come back from the store as they were appended', async () => {
  const stream = { source: 'gateway.round-trip', partition: 3 }
  const events = [
    ...eventsOf(stream, 0, 40),
    eventAt(stream, 40),
    eventAt(stream, 40, 1),
    { ...eventAt(stream, 41), ip: '', latencyMs: 0, bytesIn: 0, userAgent: 'ü😀' },
  ]
  const writer = await openEventStream(db.store, stream)
  expect(writer.watermark).toBe(-1)
  await writer.append(events)
  expect(writer.watermark).toBe(41)
  expect(await replayed(writer.replay(-1))).toEqual(events)
  expect(await replayed(writer.replay(39))).toEqual(events.slice(40))
  expect(await replayed(writer.replay(41))).toEqual([])
})

test('a large batch is one part of every table, and every rollup equals the events', async () => {
  const stream = { source: 'gateway.parts', partition: 0 }
  const writer = await openEventStream(db.store, stream)
  await writer.append(eventsOf(stream, 0, 12_000))
  const parts = (table: string) =>
    selectRows(
      db.store,
      `SELECT uniqExact(_part) AS parts FROM ${table} WHERE source = 'gateway.parts'`,
    )
  for (const table of ['access_events', ...rollups])
    expect(await parts(table)).toEqual([{ parts: 1 }])
  expect(await rollupDifferences(db.store)).toEqual(noDifferences)
})
