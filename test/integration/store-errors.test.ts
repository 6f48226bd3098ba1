import { createServer, type RequestListener } from 'node:http'
import type { ClickHouseClient } from '@clickhouse/client'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createClients } from '../../src/store/clients.ts'
import { openEventStream } from '../../src/store/event-stream.ts'
import { toPipelineError } from '../../src/store/to-pipeline-error.ts'
import { eventually, startTestStore, type TestStore } from '../support/clickhouse.ts'

let db: TestStore
beforeAll(async () => {
  db = await startTestStore()
})
afterAll(() => db.close())

/** What becomes of a failure of the client that really happened. */
async function mapped(failing: Promise<unknown>) {
  const thrown = await failing.then(
    () => new Error('it did not fail'),
    (error: unknown) => error,
  )
  const { name, code, isRetryable } = toPipelineError(thrown)
  return { name, code, isRetryable }
}

function clientOf(url: string, insertTimeoutSeconds = 30): ClickHouseClient {
  const login = { username: 'ingest', password: db.store.embedded?.passwords.ingest ?? '' }
  const logins = { admin: login, ingest: login, analyst: login }
  return createClients(url, logins, { ...db.settings, insertTimeoutSeconds }).client
}

/** The client's failure against a server that behaves like this. */
async function against(listener: RequestListener, timeoutSeconds = 30) {
  const server = createServer(listener)
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : 0
  const client = clientOf(`http://127.0.0.1:${port}`, timeoutSeconds)
  const result = await mapped(client.command({ query: 'SELECT 1' }))
  await client.close()
  server.closeAllConnections()
  await new Promise(resolve => server.close(resolve))
  return result
}

const unknown = { name: 'PipelineError', code: 'store_outcome_unknown', isRetryable: true }
const busy = { name: 'PipelineError', code: 'store_busy', isRetryable: true }
const refused = { name: 'PipelineError', code: 'store_refused', isRetryable: false }
const unavailable = { name: 'PipelineError', code: 'store_unavailable', isRetryable: true }

test('a server that is not there was not reached', async () => {
  const client = clientOf('http://127.0.0.1:9')
  expect(await mapped(client.command({ query: 'SELECT 1' }))).toEqual(unavailable)
  await client.close()
})

test('after a time-out the outcome is unknown', async () => {
  expect(await against(() => undefined, 1)).toEqual(unknown)
})

test('after a connection that was cut the outcome is unknown', async () => {
  expect(await against(request => request.socket.resetAndDestroy())).toEqual(unknown)
})

test('a 503 of something before the server did not reach it', async () => {
  const answer: RequestListener = (_, response) =>
    response.writeHead(503).end('no healthy upstream')
  expect(await against(answer)).toEqual(unavailable)
})

test.each([
  ['a table that is missing', 'SELECT * FROM missing_table', refused],
  ['no right to do it', 'DROP TABLE access_events', refused],
  ['a syntax error', 'SELEKT', refused],
  ['a value that is none (27)', 'INSERT INTO api_keys FORMAT TSV\nonly\ttwo\n', refused],
  ['a number that is none (6)', "SELECT toUInt8('x')", refused],
  [
    'a field that is unknown (117)',
    'INSERT INTO api_keys SETTINGS input_format_skip_unknown_fields = 0 FORMAT JSONEachRow {"nope":1}',
    refused,
  ],
  ['a column that is missing (16)', 'INSERT INTO api_keys (nope) VALUES (1)', refused],
  [
    'too little memory',
    'SELECT groupArray(number) FROM numbers(10000000) SETTINGS max_memory_usage = 1000000',
    busy,
  ],
  [
    'too little time',
    'SELECT sum(cityHash64(number)) FROM numbers(100000000000) SETTINGS max_execution_time = 0.2',
    unknown,
  ],
])('the server says: %s', async (_, query, expected) => {
  expect(await mapped(db.store.client.command({ query }))).toEqual(expected)
})

/** Waits until a query with this id is running. */
async function untilRunning(id: string): Promise<void> {
  await eventually(async () => {
    const answer = await db.store.admin.query({
      query: 'SELECT count() AS running FROM system.processes WHERE query_id = {id:String}',
      query_params: { id },
      format: 'JSONEachRow',
    })
    const [row] = await answer.json<{ running: number | string }>()
    return Number(row?.running) > 0
  })
}

test('too many queries at once make the server busy', async () => {
  const { client, admin } = db.store
  const first = mapped(client.command({ query: 'SELECT sleep(3)', query_id: 'the-first' }))
  await untilRunning('the-first')
  const query = 'SELECT 1 SETTINGS max_concurrent_queries_for_user = 1, queue_max_wait_ms = 0'
  expect(await mapped(client.command({ query }))).toEqual(busy)
  await admin.command({ query: "KILL QUERY WHERE query_id = 'the-first' SYNC" })
  await first
})

test('a query that somebody ended has an unknown outcome', async () => {
  const running = mapped(
    db.store.client.command({
      query: 'SELECT sum(cityHash64(number)) FROM numbers(100000000000)',
      query_id: 'to-be-killed',
    }),
  )
  await untilRunning('to-be-killed')
  await db.store.admin.command({ query: "KILL QUERY WHERE query_id = 'to-be-killed' SYNC" })
  expect(await running).toEqual(unknown)
})

test('too many parts make the server busy', async () => {
  const { admin } = db.store
  await admin.command({
    query: `CREATE TABLE crowded (a UInt8) ENGINE = MergeTree ORDER BY a
      SETTINGS parts_to_throw_insert = 2, parts_to_delay_insert = 1, max_delay_to_insert = 1`,
  })
  await admin.command({ query: 'SYSTEM STOP MERGES crowded' })
  const insertMany = async () => {
    for (let part = 0; part < 5; part++)
      await admin.command({ query: 'INSERT INTO crowded VALUES (1)' })
  }
  expect(await mapped(insertMany())).toEqual(busy)
})

test('a stream that somebody else owns is fenced', async () => {
  const stream = { source: 'gateway.taken', partition: 0 }
  await openEventStream(db.store, stream)
  const write = `SELECT throwIf((SELECT argMax(owner, epoch) FROM ingest_owner) != 'me', 'fenced')`
  expect(await mapped(db.store.client.command({ query: write }))).toEqual({
    name: 'PipelineError',
    code: 'store_fenced',
    isRetryable: false,
  })
})

test('a mistake of the program stays what it is', () => {
  expect(() => toPipelineError(new TypeError('mistake'))).toThrow(TypeError)
})
