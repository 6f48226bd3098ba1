import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Stream } from '../../src/domain/source-position.ts'
import { openEventStream } from '../../src/store/event-stream.ts'
import { repairRollups } from '../../src/store/repair-rollups.ts'
import { rollups } from '../../src/store/rollups.ts'
import { selectRows } from '../../src/store/rows.ts'
import { command, queryIdPrefix, takeStream, writeId } from '../../src/store/stream-owner.ts'
import { eventually, startTestStore, type TestStore } from '../support/clickhouse.ts'
import {
  appendEvents,
  eventsOf,
  noDifferences,
  rollupDifferences,
} from '../support/stored-events.ts'

const DAY_MS = 86_400_000

let db: TestStore
beforeAll(async () => {
  db = await startTestStore()
})
afterAll(() => db.close())

/** About as long as so many queries take. */
async function waitTurns(turns: number): Promise<void> {
  for (let turn = 0; turn < turns; turn++) await selectRows(db.store, 'SELECT 1')
}

describe('a rollup that lags', () => {
  const streams = [
    { source: 'gateway.repair', partition: 0 },
    { source: 'gateway.repair', partition: 1 },
    { source: 'http.repair', partition: 0 },
  ]
  const yesterday = { clock: () => Date.now() - DAY_MS }

  beforeAll(async () => {
    for (const stream of streams) {
      // The date of ingestion changes back and forth, as it may when a clock is set.
      for (const clock of [yesterday.clock, db.store.clock, yesterday.clock, db.store.clock]) {
        const writer = await openEventStream({ ...db.store, clock }, stream)
        const from = writer.watermark + 1
        await appendEvents(writer, eventsOf(stream, from, from + 400))
      }
    }
  })

  test.each(rollups)('%s is filled again, over two days of ingestion', async rollup => {
    await db.truncate(rollup)
    expect((await rollupDifferences(db.store))[rollup]).toBeGreaterThan(0)
    for (const stream of streams) await openEventStream(db.store, stream)
    expect(await rollupDifferences(db.store)).toEqual(noDifferences)
  })

  test('is repaired once, also when the one that repairs it is replaced meanwhile', async () => {
    const [stream] = streams
    if (stream === undefined) throw new Error('no stream')
    for (let round = 0; round < 3; round++) {
      await db.truncate('token_5m', 'token_route')
      const first = openEventStream(db.store, stream)
      const both = [first, waitTurns(round * 3).then(() => openEventStream(db.store, stream))]
      const outcomes = await Promise.allSettled(both)
      expect(outcomes.map(({ status }) => status)).toContain('fulfilled')
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

test('of newcomers at the same moment at least one gets the stream', async () => {
  const stream = { source: 'gateway.tie', partition: 0 }
  const opening = [1, 2, 3].map(() => openEventStream(db.store, stream))
  const opened = (await Promise.allSettled(opening)).flatMap(outcome =>
    outcome.status === 'fulfilled' ? [outcome.value] : [],
  )
  const stored = await Promise.allSettled(
    opened.map(writer => appendEvents(writer, eventsOf(stream, 0, 100))),
  )
  expect(stored.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
})

test('a repair of a replaced owner is refused, so that nothing is added twice', async () => {
  const stream = { source: 'gateway.repair-fenced', partition: 0 }
  const writer = await openEventStream(db.store, stream)
  await appendEvents(writer, eventsOf(stream, 0, 100))
  await db.truncate('token_5m')
  const old = { stream, owner: 'the old one' }
  await takeStream(db.store, old, undefined)
  await takeStream(db.store, { stream, owner: 'the new one' }, undefined)
  await expect(repairRollups(db.store, old, 99)).rejects.toMatchObject({ code: 'store_fenced' })
  const stored = await selectRows(
    db.store,
    "SELECT count() AS rows FROM token_5m WHERE source = 'gateway.repair-fenced'",
  )
  expect(stored).toEqual([{ rows: 0 }])
})

test('whoever takes a stream ends what an earlier owner left running, and nothing else', async () => {
  const stream = { source: 'gateway.running', partition: 1 }
  const other = { source: 'gateway.running', partition: 11 }
  const ownership = { stream, owner: 'the old one' }
  const slowly = (of: Stream) =>
    command(
      db.store,
      'INSERT INTO ingest_owner (owner) SELECT toString(sleepEachRow(0.1)) FROM numbers(12) SETTINGS max_block_size = 1',
      {},
      { id: writeId(db.store, { ...ownership, stream: of }), settings: {} },
    ).then(
      () => 'finished',
      (error: { code: string }) => error.code,
    )
  const outcomes = Promise.all([slowly(stream), slowly(other)])
  await eventually(async () => {
    const running = await selectRows<{ queries: number }>(
      db.store,
      "SELECT count() AS queries FROM system.processes WHERE query LIKE 'INSERT INTO ingest_owner (owner)%'",
    )
    return running[0]?.queries === 2
  })
  await takeStream(db.store, { stream, owner: 'the new one' }, undefined)
  expect(await outcomes).toEqual(['store_outcome_unknown', 'finished'])
})

test('every write of a stream, repairs included, can be found by the next owner', async () => {
  const stream = { source: 'gateway.found', partition: 0 }
  const writer = await openEventStream(db.store, stream)
  await appendEvents(writer, eventsOf(stream, 0, 100))
  await db.truncate('token_5m')
  await openEventStream(db.store, stream)
  await db.store.admin.command({ query: 'SYSTEM FLUSH LOGS' })
  const writes = await selectRows<{ target: string }>(
    { client: db.store.admin },
    `SELECT extract(query, 'INSERT INTO (\\w+)') AS target FROM system.query_log
     WHERE type = 'QueryFinish' AND startsWith(query_id, {prefix:String}) ORDER BY target`,
    { prefix: queryIdPrefix(db.store, stream) },
  )
  expect(writes).toEqual([{ target: 'access_events' }, { target: 'token_5m' }])
})

test('a rollup ahead of the events stops the stream: its counts cannot be trusted', async () => {
  const stream = { source: 'gateway.ahead', partition: 0 }
  const writer = await openEventStream(db.store, stream)
  await appendEvents(writer, eventsOf(stream, 0, 10))
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
  await appendEvents(writer, eventsOf(stream, 0, 50))
  const date = new Date(ingestedMs).toISOString().slice(0, 10)
  await db.store.admin.command({ query: `ALTER TABLE access_events DROP PARTITION '${date}'` })
  expect((await openEventStream(db.store, stream)).watermark).toBe(49)
})
