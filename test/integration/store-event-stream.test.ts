import { afterAll, beforeAll, expect, test } from 'vitest'
import type { AccessEvent } from '../../src/domain/access-event.ts'
import { openEventStream } from '../../src/store/event-stream.ts'
import { rollups } from '../../src/store/rollups.ts'
import { selectRows } from '../../src/store/rows.ts'
import { startTestStore, type TestStore } from '../support/clickhouse.ts'
import {
  appendEvents,
  countEvents,
  eventAt,
  eventsOf,
  noDifferences,
  rollupDifferences,
} from '../support/stored-events.ts'

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
  await appendEvents(writer, events)
  expect(writer.watermark).toBe(41)
  expect(await replayed(writer.replay(-1))).toEqual(events)
  expect(await replayed(writer.replay(39))).toEqual(events.slice(40))
  expect(await replayed(writer.replay(41))).toEqual([])
})

test('a replay of many events comes in chunks, across gaps in the offsets', async () => {
  const stream = { source: 'gateway.gaps', partition: 0 }
  const writer = await openEventStream(db.store, stream)
  const events = [...eventsOf(stream, 5, 25_000), ...eventsOf(stream, 900_000, 900_010)]
  await appendEvents(writer, events)
  const chunks: number[] = []
  let offset = -1
  for await (const chunk of writer.replay(4)) {
    chunks.push(chunk.length)
    for (const event of chunk) {
      expect(event.offset).toBeGreaterThan(offset)
      offset = event.offset
    }
  }
  expect(chunks.reduce((sum, length) => sum + length, 0)).toBe(events.length)
  expect(Math.max(...chunks)).toBeLessThan(30_000)
  expect(offset).toBe(900_009)
})

test('numbers that no call can have do not make a batch unfit', async () => {
  const stream = { source: 'gateway.hostile', partition: 0 }
  const writer = await openEventStream(db.store, stream)
  const hostile = { asn: 1e12, bytesOut: 1e300, latencyMs: 1e20, costUsd: 1e300, bytesIn: -5 }
  await appendEvents(writer, [{ ...eventAt(stream, 0), ...hostile }])
  const [event] = await replayed(writer.replay(-1))
  expect(event).toMatchObject({
    asn: 0,
    bytesOut: 2 ** 48,
    latencyMs: 2 ** 32 - 1,
    costUsd: 1e9,
    bytesIn: undefined,
  })
})

test('a large batch is one part of every table', async () => {
  const stream = { source: 'gateway.parts', partition: 0 }
  const writer = await openEventStream(db.store, stream)
  await appendEvents(writer, eventsOf(stream, 0, 12_000))
  for (const table of ['access_events', ...rollups]) {
    const parts = await selectRows(
      db.store,
      `SELECT uniqExact(_part) AS parts FROM ${table} WHERE source = 'gateway.parts'`,
    )
    expect(parts).toEqual([{ parts: 1 }])
  }
})

test('the watermark is read from the projection, not from all events', async () => {
  for (const [table, column] of [
    ['access_events', 'source_offset'],
    ...rollups.map(rollup => [rollup, 'last_offset']),
  ]) {
    const plan = await selectRows<{ explain: string }>(
      db.store,
      `EXPLAIN SELECT if(count() = 0, -1, toInt64(max(${column}))) AS offset FROM ${table}
       WHERE source = 'gateway.parts' AND source_partition = 0`,
    )
    expect({ table, plan: JSON.stringify(plan) }).toMatchObject({
      plan: expect.stringContaining('watermark'),
    })
  }
})

test('what is stored already is not stored again', async () => {
  const stream = { source: 'gateway.overlap', partition: 0 }
  const first = await openEventStream(db.store, stream)
  const blocks = [first.encode(eventsOf(stream, 0, 1_000))]
  await Promise.all([first.append(blocks), first.append(blocks)])
  await appendEvents(first, eventsOf(stream, 500, 1_500))
  const second = await openEventStream(db.store, stream)
  expect(second.watermark).toBe(1_499)
  await appendEvents(second, eventsOf(stream, 0, 2_000))
  expect(await countEvents(db.store, stream)).toEqual({ events: 2_000, unique: 2_000, last: 1_999 })
})

test('a replaced owner is fenced and stores nothing more', async () => {
  const stream = { source: 'gateway.fenced', partition: 0 }
  const zombie = await openEventStream(db.store, stream)
  await appendEvents(zombie, eventsOf(stream, 0, 100))
  const owner = await openEventStream(db.store, stream)
  await expect(appendEvents(zombie, eventsOf(stream, 100, 200))).rejects.toMatchObject({
    code: 'store_fenced',
  })
  await appendEvents(owner, eventsOf(stream, 100, 300))
  expect(await countEvents(db.store, stream)).toEqual({ events: 300, unique: 300, last: 299 })
})

test('a zombie with an insert under way stores all of it before the watermark is read, or nothing', async () => {
  const stream = { source: 'gateway.zombie', partition: 0 }
  const outcomes = new Set<string>()
  let owner = await openEventStream(db.store, stream)
  for (let round = 0; round < 6; round++) {
    const zombie = owner
    const from = zombie.watermark + 1
    const outcome = appendEvents(zombie, eventsOf(stream, from, from + 10_000)).then(
      () => 'stored',
      (error: { code: string }) => error.code,
    )
    // Later in each round, so that the insert is met in different states.
    for (let turn = 0; turn < round * 4; turn++) await selectRows(db.store, 'SELECT 1')
    owner = await openEventStream(db.store, stream)
    const { watermark } = owner
    expect([from - 1, from + 9_999]).toContain(watermark)
    outcomes.add(await outcome)
    expect(await countEvents(db.store, stream)).toMatchObject({ events: watermark + 1 })
    await appendEvents(owner, eventsOf(stream, watermark + 1, watermark + 101))
  }
  expect(await rollupDifferences(db.store)).toEqual(noDifferences)
  expect([...outcomes].filter(outcome => !['stored', 'store_fenced'].includes(outcome))).toEqual([])
  expect(await countEvents(db.store, stream)).toMatchObject({
    events: owner.watermark + 1,
    unique: owner.watermark + 1,
  })
})

test('events of another stream or out of order are a mistake of the caller', async () => {
  const stream = { source: 'gateway.order', partition: 0 }
  const writer = await openEventStream(db.store, stream)
  const other = eventsOf({ source: 'gateway.order', partition: 1 }, 0, 1)
  await expect(appendEvents(writer, other)).rejects.toThrow(RangeError)
  await expect(appendEvents(writer, eventsOf(stream, 0, 3).reverse())).rejects.toThrow(RangeError)
  const blocks = [writer.encode(eventsOf(stream, 0, 2)), writer.encode(eventsOf(stream, 2, 4))]
  await expect(writer.append(blocks.toReversed())).rejects.toThrow(RangeError)
  await expect(writer.append(blocks)).resolves.toBeUndefined()
  expect(writer.watermark).toBe(3)
})
