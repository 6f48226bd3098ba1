import { expect, test } from 'vitest'
import type { RecordBatch } from '../../src/ingest/log-source.ts'
import { normalizeRecord, type RecordNormalizer } from '../../src/ingest/prepare-batch.ts'
import { createTestPipeline, until } from '../support/ingest.ts'

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

test('a dead letter is kept before the events that carry the watermark past it', async () => {
  const { pipeline, store, letters } = createTestPipeline()
  await pipeline.assigned(stream)
  store.gate = new Promise(() => undefined)
  await pipeline.batch(batchOf(0, 'nonsense', ...calls(4)))
  await until(() => letters.length === 1)
  expect(store.of(stream)).toEqual([])
})

test('a record that failed halfway gives each of its events once when it is tried again', async () => {
  const { pipeline, store, scored } = createTestPipeline()
  await pipeline.assigned(stream)
  const record = [{ path: '/a' }, { path: '/b' }, { path: '/once-thrown' }]
  const batch = batchOf(0, { path: '/first' }, record)
  await expect(pipeline.batch(batch)).rejects.toThrow('thrown')
  await pipeline.batch(batch)
  await pipeline.flush(stream)
  const positions = ['0.0', '1.0', '1.1', '1.2']
  expect(store.of(stream).map(({ offset, index }) => `${offset}.${index}`)).toEqual(positions)
  expect(scored(stream)).toEqual(positions)
})

test('what a record is dated by is when its log took it, not when it is read', () => {
  const seen: number[] = []
  const normalizer: RecordNormalizer = {
    normalize: ({ receivedMs }) => seen.push(receivedMs),
  }
  const [record] = batchOf(0, 'x').records
  const receivedMs = 1_709_546_500_000
  const batch = { ...stream, receivedMs, records: [] }
  const sink = { event: () => undefined, reject: () => undefined }
  for (const appendedMs of [
    receivedMs - 86_400_000,
    receivedMs + 3_600_000,
    receivedMs + 3_600_001,
  ]) {
    if (record !== undefined) normalizeRecord(normalizer, batch, { ...record, appendedMs }, sink)
  }
  // A log that is more than an hour ahead of us is not believed.
  expect(seen).toEqual([receivedMs - 86_400_000, receivedMs + 3_600_000, receivedMs])
})
