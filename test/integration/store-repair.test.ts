import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openEventStream } from '../../src/store/event-stream.ts'
import { rollups } from '../../src/store/rollups.ts'
import { selectRows } from '../../src/store/rows.ts'
import { startTestStore, type TestStore } from '../support/clickhouse.ts'
import { eventsOf, noDifferences, rollupDifferences } from '../support/stored-events.ts'

const DAY_MS = 86_400_000

let db: TestStore
beforeAll(async () => {
  db = await startTestStore()
})
afterAll(() => db.close())

describe('a rollup that lags', () => {
  const streams = [
    { source: 'gateway.repair', partition: 0 },
    { source: 'gateway.repair', partition: 1 },
    { source: 'http.repair', partition: 0 },
  ]
  const yesterday = { clock: () => Date.now() - DAY_MS }

  test.each(rollups)('%s is filled again, over two days of ingestion', async rollup => {
    for (const stream of streams) {
      const before = await openEventStream({ ...db.store, ...yesterday }, stream)
      const from = before.watermark + 1
      await before.append(eventsOf(stream, from, from + 700))
      const after = await openEventStream(db.store, stream)
      await after.append(eventsOf(stream, from + 700, from + 1_000))
    }
    await db.truncate(rollup)
    expect(await rollupDifferences(db.store)).not.toEqual(noDifferences)
    for (const stream of streams) await openEventStream(db.store, stream)
    expect(await rollupDifferences(db.store)).toEqual(noDifferences)
  })

  test('is repaired once, also when the one that repairs it is replaced meanwhile', async () => {
    const [stream] = streams
    if (stream === undefined) throw new Error('no stream')
    for (let round = 0; round < 4; round++) {
      await db.truncate('token_5m', 'token_route')
      const first = openEventStream(db.store, stream).catch((error: { code: string }) => error.code)
      for (let turn = 0; turn < round * 3; turn++) await selectRows(db.store, 'SELECT 1')
      await openEventStream(db.store, stream)
      await first
      const sums = await selectRows<{ events: number }>(
        db.store,
        `SELECT sum(events) AS events FROM token_5m WHERE source = 'gateway.repair' AND source_partition = 0
         UNION ALL SELECT sum(events) AS events FROM token_route WHERE source = 'gateway.repair' AND source_partition = 0
         UNION ALL SELECT count() AS events FROM access_events WHERE source = 'gateway.repair' AND source_partition = 0`,
      )
      expect(new Set(sums.map(({ events }) => events)).size).toBe(1)
    }
  })
})

test('a rollup ahead of the events stops the stream: its counts cannot be trusted', async () => {
  const stream = { source: 'gateway.ahead', partition: 0 }
  const writer = await openEventStream(db.store, stream)
  await writer.append(eventsOf(stream, 0, 10))
  await db.store.admin.command({
    query: `INSERT INTO token_route (token, events, source, source_partition, last_offset)
      VALUES ('00000000-0000-0000-0000-000000000000', 1, 'gateway.ahead', 0, 99)`,
  })
  await expect(openEventStream(db.store, stream)).rejects.toMatchObject({
    code: 'store_rollup_ahead',
  })
})

test('a stream whose events have outlived their time still knows how far it was', async () => {
  const stream = { source: 'gateway.retired', partition: 0 }
  const ingestedMs = Date.now() - 30 * DAY_MS
  const writer = await openEventStream({ ...db.store, clock: () => ingestedMs }, stream)
  await writer.append(eventsOf(stream, 0, 50))
  const date = new Date(ingestedMs).toISOString().slice(0, 10)
  await db.store.admin.command({ query: `ALTER TABLE access_events DROP PARTITION '${date}'` })
  expect((await openEventStream(db.store, stream)).watermark).toBe(49)
})
