import { expect, test } from 'vitest'
import { PipelineError } from '../../src/domain/pipeline-error.ts'
import { deferred } from '../../src/ingest/deferred.ts'
import type { RecordBatch } from '../../src/ingest/log-source.ts'
import { createMemoryStore, createTestPipeline, until } from '../support/ingest.ts'

const stream = { source: 'access', partition: 3 }

const batchOf = (firstOffset: number, ...values: readonly unknown[]): RecordBatch => ({
  ...stream,
  receivedMs: 1_709_546_500_000,
  records: values.map((value, at) => ({
    offset: firstOffset + at,
    content: Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)),
  })),
})
const calls = (count: number) => Array.from({ length: count }, () => ({ path: '/ok' }))

test('events are scored in order and stored in batches cut between records', async () => {
  const { pipeline, scored, store, observed } = createTestPipeline()
  expect(await pipeline.assigned(stream)).toBe(0)
  // Records of 3 events: 4 rows are full amid the second record, which must not be split.
  const record = calls(3)
  await pipeline.batch(batchOf(0, record, record, record))
  await pipeline.flush(stream)
  expect(store.inserts).toEqual([6, 3])
  expect(scored(stream)).toEqual(
    [0, 1, 2].flatMap(offset => [0, 1, 2].map(index => `${offset}.${index}`)),
  )
  expect(observed).toEqual([0, 0, 0, 1, 1, 1, 2, 2, 2])
  expect(pipeline.settled(stream)).toBe(2)
})

test('what is delivered again after a reassignment is taken once', async () => {
  const { pipeline, store } = createTestPipeline()
  await pipeline.assigned(stream)
  await pipeline.batch(batchOf(0, ...calls(2)))
  await pipeline.batch(batchOf(1, ...calls(2)))
  await pipeline.flush(stream)
  expect(store.of(stream).map(({ offset }) => offset)).toEqual([0, 1, 2])
  expect(await pipeline.assigned(stream)).toBe(3)
})

test('a full buffer makes batch wait, and no more than two inserts are in memory', async () => {
  const { pipeline, store } = createTestPipeline()
  let release: () => void = () => undefined
  store.gate = new Promise(resolve => {
    release = resolve
  })
  await pipeline.assigned(stream)
  let isTaken = false
  const taken = pipeline.batch(batchOf(0, ...calls(20))).then(() => {
    isTaken = true
  })
  await until(() => pipeline.room(stream) !== undefined)
  expect(pipeline.streams()).toMatchObject([{ bufferedEvents: 8, nextOffset: 8 }])
  expect(isTaken).toBe(false)
  release()
  await taken
  await pipeline.flush(stream)
  expect(store.of(stream)).toHaveLength(20)
})

test('all streams together hold no more bytes than one process may', async () => {
  const limits = { batchRowsMax: 1_000, bufferedBytesMax: 1_200 }
  const { pipeline, store } = createTestPipeline(undefined, undefined, limits)
  store.gate = new Promise(() => undefined)
  const streams = [0, 1, 2].map(partition => ({ ...stream, partition }))
  for (const one of streams) await pipeline.assigned(one)
  for (const one of streams) {
    pipeline.batch({ ...batchOf(0, ...calls(500)), ...one }).catch(() => undefined) // given up
  }
  await until(() => streams.every(one => pipeline.room(one) !== undefined))
  const bytes = Buffer.byteLength(JSON.stringify({ path: '/ok' }))
  const held = pipeline.streams().reduce((sum, { bufferedEvents }) => sum + bufferedEvents, 0)
  expect(held * bytes).toBeLessThanOrEqual(1_200 + 6 * bytes)
  await pipeline.stop(0)
})

test('a finding is delivered after its event is stored, and settles only then', async () => {
  const { pipeline, store, delivered, hooks } = createTestPipeline()
  await pipeline.assigned(stream)
  let attempts = 0
  hooks.deliver = () => {
    attempts += 1
    expect(store.of(stream)).toHaveLength(2)
    expect(pipeline.settled(stream)).toBeUndefined()
    return attempts === 1
      ? Promise.reject(new PipelineError('store_unavailable', 'away'))
      : Promise.resolve()
  }
  await pipeline.batch(batchOf(0, { path: '/ok' }, { path: '/alarm' }))
  await pipeline.flush(stream)
  expect(delivered).toEqual(['finding-1'])
  expect(attempts).toBe(2)
  expect(pipeline.settled(stream)).toBe(1)
})

test('a batch waits to be full, but for an alert only a moment', async () => {
  const { pipeline, store, delivered } = createTestPipeline(undefined, undefined, {
    flushMs: 60_000,
    alertFlushMs: 50,
  })
  await pipeline.assigned(stream)
  await pipeline.batch(batchOf(0, { path: '/ok' }, { path: '/odd' }))
  await new Promise(resolve => setTimeout(resolve, 200))
  expect(store.of(stream)).toHaveLength(0)
  await pipeline.batch(batchOf(2, { path: '/alarm' }))
  expect(store.of(stream)).toHaveLength(0)
  await until(() => delivered.length === 2)
  expect(store.inserts).toEqual([3])
})

test('a finding that is refused for good does not stop the stream', async () => {
  const { pipeline, store, hooks, health } = createTestPipeline()
  await pipeline.assigned(stream)
  hooks.deliver = () => Promise.reject(new PipelineError('store_refused', 'no'))
  await pipeline.batch(batchOf(0, { path: '/alarm' }))
  await pipeline.flush(stream)
  expect(store.of(stream)).toHaveLength(1)
  expect(health.isReady).toBe(false)
}, 10_000)

test('nothing is stored of a batch with an event that cannot be encoded, nor of what is behind it', async () => {
  const { pipeline, store } = createTestPipeline()
  await pipeline.assigned(stream)
  const take = async () => {
    await pipeline.batch(batchOf(0, { path: '/unencodable' }, ...calls(10)))
    await pipeline.flush(stream)
  }
  await expect(take()).rejects.toThrow('no such value')
  expect(store.of(stream)).toEqual([])
})

test('an event that cannot be scored is stored, told, and holds up neither stream nor restart', async () => {
  const first = createTestPipeline()
  await first.pipeline.assigned(stream)
  await first.pipeline.batch(batchOf(0, { path: '/ok' }, { path: '/poison' }, { path: '/ok' }))
  await first.pipeline.flush(stream)
  expect(first.store.of(stream)).toHaveLength(3)
  expect(first.health.list()).toContainEqual(
    expect.objectContaining({ name: 'scoring', isHealthy: false }),
  )
  const second = createTestPipeline(first.store)
  expect(await second.pipeline.assigned(stream)).toBe(3)
  expect(second.scored(stream)).toEqual(['0.0', '2.0'])
})

test('rejects become dead letters and move the settled offset', async () => {
  const { pipeline, letters } = createTestPipeline()
  await pipeline.assigned(stream)
  const refused = { offset: 2, content: { refused: 'record_too_long', bytes: 99 } } as const
  const batch = batchOf(0, { path: '/ok' }, 'nonsense')
  await pipeline.batch({ ...batch, records: [...batch.records, refused] })
  await pipeline.flush(stream)
  expect(letters).toMatchObject([
    { offset: 1, reason: 'not_json', bytes: 8, receivedMs: batch.receivedMs },
    { offset: 2, reason: 'record_too_long', bytes: 99, receivedMs: batch.receivedMs },
  ])
  expect(pipeline.settled(stream)).toBe(2)
})

test('a restart restores the snapshot and replays the rest; the state is the same', async () => {
  const first = createTestPipeline()
  await first.pipeline.assigned(stream)
  await first.pipeline.batch(batchOf(0, ...calls(3)))
  await first.pipeline.snapshot()
  expect(first.snapshots.get('access/3')?.offset).toBe(2)
  await first.pipeline.batch(batchOf(3, { path: '/alarm' }, 'nonsense'))
  await first.pipeline.flush(stream)
  await first.pipeline.batch(batchOf(5, { path: '/never stored' }))

  const second = createTestPipeline(first.store, first.snapshots)
  expect(await second.pipeline.assigned(stream)).toBe(4)
  expect(second.scored(stream)).toEqual(['0.0', '1.0', '2.0', '3.0'])
  expect(second.delivered).toEqual(['finding-3'])
})

test('a snapshot waits for its events to be stored, and the next one is whole if it is lost', async () => {
  const { pipeline, store, snapshots, snapshotsAsked } = createTestPipeline()
  await pipeline.assigned(stream)
  await pipeline.batch(batchOf(0, ...calls(2)))
  let release: () => void = () => undefined
  store.gate = new Promise(resolve => {
    release = resolve
  })
  const set = snapshots.set.bind(snapshots)
  snapshots.set = () => {
    throw new PipelineError('store_unavailable', 'away')
  }
  const saved = pipeline.snapshot()
  await pipeline.batch(batchOf(2, ...calls(1)))
  expect(store.of(stream)).toHaveLength(0)
  release()
  await expect(saved).rejects.toThrow('away')
  snapshots.set = set
  await pipeline.snapshot()
  expect(snapshotsAsked).toEqual([false, true])
  expect(snapshots.get('access/3')).toMatchObject({ offset: 2 })
  expect(snapshots.get('access/3')?.tokens).toEqual([{ seen: ['0.0', '1.0', '2.0'] }])
})

test('a stream released while a snapshot is being saved is saved as it is in the end', async () => {
  const { pipeline, hooks, snapshots } = createTestPipeline()
  await pipeline.assigned(stream)
  await pipeline.batch(batchOf(0, ...calls(2)))
  const saving = deferred()
  let finish: () => void = () => undefined
  hooks.save = () => {
    saving.resolve()
    return new Promise(resolve => {
      finish = resolve
    })
  }
  const saved = pipeline.snapshot()
  await saving.promise
  hooks.save = () => Promise.resolve()
  await pipeline.batch(batchOf(2, ...calls(1)))
  const released = pipeline.revoked(stream)
  await pipeline.flush(stream)
  finish()
  await Promise.all([saved, released])
  expect(snapshots.get('access/3')).toMatchObject({ offset: 2 })
})

test('a fenced stream is dropped without a further step', async () => {
  const first = createTestPipeline()
  await first.pipeline.assigned(stream)
  await first.pipeline.batch(batchOf(0, ...calls(2)))
  const second = createTestPipeline(first.store, first.snapshots)
  await second.pipeline.assigned(stream)
  await expect(first.pipeline.flush(stream)).rejects.toMatchObject({ code: 'store_fenced' })
  await expect(first.pipeline.batch(batchOf(2, ...calls(1)))).rejects.toMatchObject({
    code: 'store_fenced',
  })
  expect(first.pipeline.streams()).toEqual([])
  expect(first.scored(stream)).toEqual([])
  expect(first.snapshots.size).toBe(0)
  expect(first.health.isReady).toBe(true)
})

test('a refused insert stops the stream loudly; assigning it again goes on at the watermark', async () => {
  const { pipeline, store, health } = createTestPipeline()
  await pipeline.assigned(stream)
  await pipeline.batch(batchOf(0, ...calls(2)))
  await pipeline.flush(stream)
  store.failure = new PipelineError('store_refused', 'unknown column')
  await pipeline.batch(batchOf(2, ...calls(2)))
  await expect(pipeline.flush(stream)).rejects.toMatchObject({ code: 'store_refused' })
  expect(health.isReady).toBe(false)
  store.failure = undefined
  expect(await pipeline.assigned(stream)).toBe(2)
  expect(health.isReady).toBe(true)
})

test('revoking stores, snapshots and forgets', async () => {
  const { pipeline, store, snapshots, scored } = createTestPipeline(undefined, undefined, {
    flushMs: 60_000,
  })
  await pipeline.assigned(stream)
  await pipeline.batch(batchOf(0, ...calls(2)))
  await pipeline.revoked(stream)
  expect(store.of(stream)).toHaveLength(2)
  expect(snapshots.get('access/3')?.offset).toBe(1)
  expect(scored(stream)).toEqual([])
  expect(pipeline.streams()).toEqual([])
})

test('stop gives up at its deadline when the store is away', async () => {
  const store = createMemoryStore()
  store.gate = new Promise(() => undefined)
  const { pipeline } = createTestPipeline(store)
  await pipeline.assigned(stream)
  await pipeline.batch(batchOf(0, ...calls(2)))
  const startMs = performance.now()
  await pipeline.stop(50)
  expect(performance.now() - startMs).toBeLessThan(2_000)
  expect(pipeline.streams()).toEqual([])
})

test('a prepared batch is one insert, however many rows it has', async () => {
  const { pipeline, store } = createTestPipeline()
  await pipeline.assigned(stream)
  const prepared = await pipeline.prepare(batchOf(7, ...calls(5), 'nonsense'))
  expect(prepared).toMatchObject({ firstOffset: 7, lastOffset: 12 })
  await pipeline.commit(prepared, 6)
  expect(store.inserts).toEqual([5])
  expect(() => pipeline.commit(prepared, 6)).toThrow(RangeError)
})
