import { afterAll, beforeAll, expect, test } from 'vitest'
import { openEventStream } from '../../src/store/event-stream.ts'
import { readStoredOffsets } from '../../src/store/origins.ts'
import { selectRows } from '../../src/store/rows.ts'
import { startTestStore, type TestStore } from '../support/clickhouse.ts'
import { appendEvents, eventAt, eventsOf } from '../support/stored-events.ts'

const internal = { source: 'events.internal', partition: 2 }
const gateways = { source: 'access', partition: 7 }

let test_: TestStore
beforeAll(async () => {
  test_ = await startTestStore()
})
afterAll(() => test_.close())

/** An event at an offset of the internal topic, with the position that its record had in the first hop. */
const relayed = (offset: number, source: string, partition: number, at: number, index = 0) => ({
  ...eventAt(internal, offset),
  origin: { source, partition, offset: at, index },
})

test('a new stream has no origins', async () => {
  const writer = await openEventStream(test_.store, internal)
  expect(await writer.origins()).toEqual([])
  await writer.close()
})

test('the highest position of each origin, by offset and then by index', async () => {
  const writer = await openEventStream(test_.store, internal)
  await appendEvents(writer, [
    relayed(0, 'access', 7, 100),
    relayed(1, 'access', 7, 101, 3),
    relayed(2, 'access', 8, 5, 9),
    relayed(3, 'other', 7, 0),
  ])
  await appendEvents(writer, [relayed(4, 'access', 7, 101, 4), relayed(5, 'access', 8, 6, 1)])
  const origins = await writer.origins()
  expect(origins).toHaveLength(3)
  expect(origins).toEqual(
    expect.arrayContaining([
      { source: 'access', partition: 7, offset: 101, index: 4 },
      { source: 'access', partition: 8, offset: 6, index: 1 },
      { source: 'other', partition: 7, offset: 0, index: 0 },
    ]),
  )
  await writer.close()
})

test('events keep their origin, and those that came directly have none', async () => {
  const direct = await openEventStream(test_.store, gateways)
  await appendEvents(direct, eventsOf(gateways, 0, 50))
  expect(await direct.origins()).toEqual([])
  const writer = await openEventStream(test_.store, internal)
  const origins = async (stream: typeof writer) => {
    const read = []
    for await (const events of stream.replay(-1)) read.push(...events.map(({ origin }) => origin))
    return read
  }
  expect(await origins(direct)).toEqual(Array.from({ length: 50 }, () => undefined))
  expect((await origins(writer)).slice(0, 2)).toEqual([
    { source: 'access', partition: 7, offset: 100, index: 0 },
    { source: 'access', partition: 7, offset: 101, index: 3 },
  ])
  await Promise.all([direct.close(), writer.close()])
})

test('how far a stream of the gateways is stored, directly and relayed', async () => {
  expect(await readStoredOffsets(test_.store, gateways)).toEqual({ direct: 49, relayed: 101 })
  expect(await readStoredOffsets(test_.store, { source: 'access', partition: 9 })).toEqual({
    direct: -1,
    relayed: -1,
  })
})

test('no scan: the projection answers', async () => {
  const queries = [
    `SELECT origin_source, origin_partition, max((origin_offset, origin_index)) FROM access_events
     WHERE source = 'events.internal' AND source_partition = 2 AND origin_source != ''
     GROUP BY source, source_partition, origin_source, origin_partition`,
    `SELECT if(count() = 0, -1, toInt64(max(origin_offset))) FROM access_events
     WHERE origin_source = 'access' AND origin_partition = 7`,
  ]
  for (const query of queries) {
    const plan = await selectRows<{ explain: string }>(test_.store, `EXPLAIN ${query}`)
    expect(plan.map(({ explain }) => explain).join('\n')).toContain('origins')
  }
})
