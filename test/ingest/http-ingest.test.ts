import { gzipSync } from 'node:zlib'
import { Value } from 'typebox/value'
import { expect, test } from 'vitest'
import { PipelineError } from '../../src/domain/pipeline-error.ts'
import { createHttpIngest } from '../../src/ingest/http-ingest.ts'
import type { RememberedRequest } from '../../src/ingest/request-log.ts'
import { IngestSettings } from '../../src/ingest/settings.ts'
import { createLogger } from '../../src/telemetry/logger.ts'
import { createMetrics } from '../../src/telemetry/metrics.ts'
import { createMemoryStore, createTestPipeline, until } from '../support/ingest.ts'

const stream = { source: 'http.main', partition: 0 }

function createRequestLog() {
  const rows = new Map<string, RememberedRequest>()
  const log = {
    rows,
    failures: 0,
    put(row: RememberedRequest) {
      if (log.failures > 0) {
        log.failures -= 1
        return Promise.reject(new PipelineError('store_unavailable', 'away'))
      }
      rows.set(row.key, row)
      return Promise.resolve()
    },
    find: (_: string, key: string) => Promise.resolve(rows.get(key)),
    above: (_: string, offset: number) =>
      Promise.resolve([...rows.values()].filter(({ lastOffset }) => lastOffset > offset)),
    lastOffset: () =>
      Promise.resolve(Math.max(-1, ...[...rows.values()].map(({ lastOffset }) => lastOffset))),
  }
  return log
}

/** An instance on parts in memory; a second one on the same parts is the process after a restart. */
async function start(
  changes: Partial<IngestSettings['http']> = {},
  store = createMemoryStore(),
  requests = createRequestLog(),
) {
  const parts = createTestPipeline(store, new Map(), { batchRowsMax: 1_000 })
  const metrics = createMetrics()
  let nowMs = 1_709_546_500_000
  const ingest = createHttpIngest({
    pipeline: parts.pipeline,
    requests,
    settings: { ...Value.Create(IngestSettings).http, flushMs: 2, storeWaitMs: 200, ...changes },
    metrics,
    health: parts.health,
    log: createLogger({ level: process.env['TEST_LOG_LEVEL'] ?? 'silent' }),
    clock: () => nowMs,
  })
  await ingest.start()
  const send = (body: string | Buffer, more: Partial<Parameters<typeof ingest.accept>[0]> = {}) =>
    ingest.accept({ sourceName: 'gateway', body: Buffer.from(body), ...more })
  const passMs = (ms: number) => {
    nowMs += ms
  }
  const { health, letters } = parts
  return { health, metrics, letters, store, ingest, send, requests, passMs }
}

function gate(store: ReturnType<typeof createMemoryStore>) {
  let open: () => void = () => undefined
  store.gate = new Promise(resolve => {
    open = resolve
  })
  return () => open()
}

const line = (path: string) => JSON.stringify({ path })

test('answers when the events are stored, and not before', async () => {
  const { send, store } = await start()
  const open = gate(store)
  let isAnswered = false
  const reply = send(`${line('/a')}\n${line('/b')}\n`).finally(() => {
    isAnswered = true
  })
  await new Promise(resolve => setTimeout(resolve, 20))
  expect(isAnswered).toBe(false)
  open()
  expect(await reply).toEqual({ status: 200, body: { accepted: 2, rejected: 0, errors: [] } })
  expect(store.of(stream).map(({ offset, path }) => [offset, path])).toEqual([
    [0, '/a'],
    [1, '/b'],
  ])
})

test('requests that come together share one insert, in the order of their offsets', async () => {
  const { send, store } = await start({ flushMs: 20 })
  await Promise.all(['/a', '/b', '/c'].map(path => send(line(path))))
  expect(store.inserts).toEqual([3])
  expect(store.of(stream).map(({ path }) => path)).toEqual(['/a', '/b', '/c'])
})

test('rejected records are told by line and reason, never by value', async () => {
  const { send, letters } = await start({ recordBytesMax: 30, errorsMax: 2 })
  const reply = await send(`${line('/a')}\n\nsecret\n${'x'.repeat(31)}\n[{"no":1}]\n${line('/b')}`)
  expect(reply).toEqual({
    status: 207,
    body: {
      accepted: 2,
      rejected: 3,
      errors: [
        { index: 2, reason: 'not_json', field: 'path' },
        { index: 3, reason: 'record_too_long' },
      ],
    },
  })
  expect(letters.map(({ offset }) => offset)).toEqual([1, 2, 3])
  expect(await send('nonsense')).toMatchObject({ status: 400, body: { accepted: 0, rejected: 1 } })
})

test.each([
  ['an array', `[${line('/a')},\n ${line('/b')}]`],
  ['an array, gzip', gzipSync(`[${line('/a')},${line('/b')}]`)],
  ['objects over many lines', `{\n"path": "/a"\n}\n{\n"path": "/b"\n}`],
  ['lines with CRLF', `${line('/a')}\r\n${line('/b')}\r\n`],
])('takes %s', async (_, body) => {
  const { send, store } = await start()
  expect(await send(body, { contentType: 'application/json' })).toMatchObject({ status: 200 })
  expect(store.of(stream).map(({ path }) => path)).toEqual(['/a', '/b'])
})

test.each([
  ['empty_body', 400, '', {}],
  ['bad_json', 400, '[{"path":"/a"}', { contentType: 'application/json; charset=utf-8' }],
  ['unsupported_encoding', 400, 'x', { contentEncoding: 'br' }],
  ['bad_encoding', 400, 'x', { contentEncoding: 'gzip' }],
  ['bad_encoding', 400, gzipSync('x'.repeat(99)).subarray(0, 20), { contentEncoding: 'gzip' }],
  ['body_too_large', 413, 'x'.repeat(2_049), {}],
  ['decompressed_too_large', 413, gzipSync('x\n'.repeat(3_000)), {}],
  ['too_many_records', 413, 'x\n'.repeat(11), {}],
  ['bad_idempotency_key', 400, 'x', { idempotencyKey: 'x'.repeat(201) }],
] as const)('%s is answered %d', async (fault, status, body, more) => {
  const limits = { bodyBytesMax: 2_048, decompressedBytesMax: 4_096, recordsMax: 10 }
  const { send, store } = await start(limits)
  expect(await send(body, more)).toEqual({
    status,
    body: { accepted: 0, rejected: 0, errors: [], fault },
  })
  expect(store.of(stream)).toEqual([])
})

test('a bomb ends at the ratio', async () => {
  const { send } = await start({ decompressionRatioMax: 10 })
  const bomb = gzipSync(Buffer.alloc(8_000_000, 'x'))
  expect(await send(bomb)).toMatchObject({ status: 413, body: { fault: 'decompressed_too_large' } })
})

test('a source above its rate is told when to come back', async () => {
  const { send, passMs } = await start({ recordsPerSecondMax: 2 })
  expect(await send(`${line('/a')}\n`.repeat(10))).toMatchObject({ status: 200 })
  const limited = { status: 429, retryAfterSeconds: 4, body: { fault: 'rate_limited' } }
  expect(await send(line('/b'))).toMatchObject(limited)
  expect(await send(line('/c'), { sourceName: 'other' })).toMatchObject({ status: 200 })
  passMs(4_000)
  expect(await send(line('/d'))).toMatchObject({ status: 200 })
})

test('with the store away: 503, soon at once, and within the limits of memory', async () => {
  const { send, store, passMs } = await start({ bufferedRecordsMax: 3, storeWaitMs: 100 })
  const open = gate(store)
  const waiting = [send(`${line('/a')}\n${line('/b')}`), send(line('/c'))]
  expect(await send(line('/d'))).toMatchObject({ status: 503, body: { fault: 'overloaded' } })
  const away = { status: 503, retryAfterSeconds: 5, body: { fault: 'store_unavailable' } }
  expect(await Promise.all(waiting)).toMatchObject([away, away])
  passMs(101)
  expect(await send(line('/e'))).toMatchObject(away)
  open()
  await until(() => store.of(stream).length === 3)
  await until(() => store.inserts.length > 0)
  expect(await send(line('/f'))).toMatchObject({ status: 200 })
})

test('no more requests wait than allowed', async () => {
  const { send, store } = await start({ requestsMax: 2 })
  const open = gate(store)
  const replies = Promise.all([send(line('/a')), send(line('/b')), send(line('/c'))])
  open()
  expect((await replies).map(({ status }) => status)).toEqual([200, 200, 503])
})

test('a request whose key is being looked up waits like any other, and counts', async () => {
  const requests = createRequestLog()
  const { send, ingest, metrics } = await start({ requestsMax: 2 }, undefined, requests)
  const { find } = requests
  let answer: () => void = () => undefined
  const asked = new Promise<void>(resolve => {
    answer = resolve
  })
  requests.find = (source, key) => asked.then(() => find(source, key))
  const replies = ['a', 'b', 'c'].map(idempotencyKey => send(line('/a'), { idempotencyKey }))
  expect(await replies[2]).toMatchObject({ status: 503, body: { fault: 'overloaded' } })
  expect(ingest.waiting()).toMatchObject({ requests: 2, bytes: 2 * line('/a').length })
  expect(await metrics.registry.metrics()).toContain(
    'tokenwatch_queue_full_total{queue="http requests"} 1',
  )
  answer()
  expect(await Promise.all(replies.slice(0, 2))).toMatchObject([{ status: 200 }, { status: 200 }])
  expect(ingest.waiting()).toEqual({ requests: 0, records: 0, bytes: 0, keys: 2 })
})

test('a repeated key gets the first result, in flight and after; another body does not', async () => {
  const { send, store } = await start()
  const body = `${line('/a')}\nnonsense`
  const idempotencyKey = 'k'
  const [first, second] = await Promise.all([
    send(body, { idempotencyKey }),
    send(body, { idempotencyKey }),
  ])
  expect(first).toMatchObject({ status: 207, body: { accepted: 1, rejected: 1 } })
  expect(second).toEqual(first)
  expect(await send(body, { idempotencyKey })).toEqual(first)
  expect(await send(line('/b'), { idempotencyKey })).toMatchObject({
    status: 400,
    body: { fault: 'idempotency_key_reused' },
  })
  expect(store.of(stream)).toHaveLength(1)
  expect(await send(body, { idempotencyKey, sourceName: 'other' })).toEqual(first)
  expect(store.of(stream)).toHaveLength(2)
})

test('a repetition after 503 waits for the request that is still on its way', async () => {
  const { send, store } = await start({ storeWaitMs: 50 })
  const open = gate(store)
  const body = line('/a')
  expect(await send(body, { idempotencyKey: 'k' })).toMatchObject({ status: 503 })
  open()
  expect(await send(body, { idempotencyKey: 'k' })).toMatchObject({ status: 200 })
  expect(store.of(stream)).toHaveLength(1)
})

test('a key is remembered for a day', async () => {
  const { send, store, passMs } = await start()
  await send(line('/a'), { idempotencyKey: 'k' })
  passMs(24 * 3_600_000)
  await send(line('/a'), { idempotencyKey: 'k' })
  expect(store.of(stream)).toHaveLength(2)
})

test('after a restart a stored request is known, whatever its last record was', async () => {
  const first = await start()
  const body = `${line('/a')}\nnonsense`
  const reply = await first.send(body, { idempotencyKey: 'k' })
  const second = await start({}, first.store, first.requests)
  expect(await second.send(body, { idempotencyKey: 'k' })).toEqual(reply)
  expect(first.store.of(stream)).toHaveLength(1)
  expect(await second.send(line('/b'), { idempotencyKey: 'k' })).toMatchObject({ status: 400 })
})

test('of a key only its hash is kept', async () => {
  const { send, requests } = await start()
  await send(line('/a'), { idempotencyKey: 'perhaps-a-secret' })
  expect(requests.rows.size).toBe(1)
  expect(JSON.stringify([...requests.rows])).not.toContain('perhaps-a-secret')
})

test('after a crash between note and insert the request is done again, also two restarts later', async () => {
  const first = await start()
  gate(first.store)
  expect(await first.send(line('/a'), { idempotencyKey: 'k' })).toMatchObject({ status: 503 })
  expect(first.requests.rows.size).toBe(1)
  first.store.gate = Promise.resolve()
  const second = await start({}, first.store, first.requests)
  // The offsets of later requests pass those of the lost one: it must not look stored for that.
  await second.send(line('/b'))
  const third = await start({}, first.store, first.requests)
  expect(await third.send(line('/a'), { idempotencyKey: 'k' })).toMatchObject({ status: 200 })
  const stored = first.store.of(stream)
  expect(stored.map(({ path }) => path)).toEqual(['/b', '/a'])
  expect(new Set(stored.map(({ offset }) => offset)).size).toBe(2)
})

test('a later request does not overtake one that cannot be written down yet', async () => {
  const { send, store, requests } = await start({ storeWaitMs: 2_000 })
  requests.failures = 2
  const first = send(line('/a'), { idempotencyKey: 'k' })
  await until(() => requests.failures === 1)
  await Promise.all([first, send(line('/b'))])
  expect(store.of(stream).map(({ path }) => path)).toEqual(['/a', '/b'])
})

test('a failed stream is opened again; the failed request is done anew when it is repeated', async () => {
  const { send, store, health } = await start()
  store.failure = new PipelineError('store_refused', 'no')
  expect(await send(line('/a'), { idempotencyKey: 'k' })).toMatchObject({ status: 503 })
  store.failure = undefined
  await until(() => health.isReady)
  expect(await send(line('/a'), { idempotencyKey: 'k' })).toMatchObject({ status: 200 })
  expect(store.of(stream)).toHaveLength(1)
})

test('two processes of one name: the elder refuses and says why', async () => {
  const first = await start()
  const second = await start({}, first.store, first.requests)
  expect(await first.send(line('/a'))).toMatchObject({ status: 503 })
  expect(await first.send(line('/a'))).toMatchObject({ status: 503, body: { fault: 'not_ready' } })
  expect(first.health.list().find(({ name }) => name === 'http ingest')).toMatchObject({
    isHealthy: false,
  })
  expect(await second.send(line('/a'))).toMatchObject({ status: 200 })
})

test('stop waits for requests on their way and refuses new ones', async () => {
  const { ingest, send } = await start({ flushMs: 20 })
  const reply = send(line('/a'))
  const stopped = ingest.stop(1_000)
  expect(await send(line('/b'))).toMatchObject({ status: 503, body: { fault: 'not_ready' } })
  expect(await reply).toMatchObject({ status: 200 })
  await stopped
})

test('stop answers requests whose events cannot be stored in time', async () => {
  const { send, store, ingest } = await start({ storeWaitMs: 60_000 })
  gate(store)
  const reply = send(line('/a'))
  await ingest.stop(20)
  expect(await reply).toMatchObject({ status: 503, body: { accepted: 0 } })
})
