import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { DeadLetter } from '../../src/domain/reject.ts'
import { eventually, startTestStore, type TestStore } from '../support/clickhouse.ts'
import { type HostileRecord, hostileRecords, ordinaryCall } from '../support/hostile-records.ts'
import { isKafkaSkipped, startTestKafka, type TestKafka } from '../support/kafka.ts'
import { produce } from '../support/produce.ts'
import { removeFolders, type Server, startServer, stopPrograms } from '../support/program.ts'

const TOPIC = 'hostile.input'
const nowMs = Date.now() - 1_000
/** Stands in every bad record: it must not come out anywhere. */
const SECRET = ['sk', 'live', 'Zk3vJ8qLw2Xr9TbN5mPc7YdH'].join('_')
const INGEST_KEY = 'edge-ingest-key-of-a-test-0123456789'

const hostile: readonly HostileRecord[] = [
  ...hostileRecords(nowMs, SECRET),
  {
    what: 'a line of a megabyte',
    content: JSON.stringify({ ...ordinaryCall(nowMs), path: `/${SECRET}${'x'.repeat(1_000_000)}` }),
    reason: 'record_too_long',
    field: undefined,
  },
]
/** A record that must be stored exactly as it is, between the others. */
const good = (at: number) =>
  JSON.stringify({ ...ordinaryCall(nowMs), requestId: `good-${at}`, bytesOut: at })
/** Good, hostile, good, hostile, …, good. */
const contents: readonly (string | Buffer)[] = [
  ...hostile.flatMap(({ content }, at) => [good(at), content]),
  good(hostile.length),
]
const rejected = hostile.flatMap(({ reason, field }, at) =>
  reason === undefined
    ? []
    : [{ index: at * 2 + 1, reason, ...(field !== undefined && { field }) }],
)
const eventCount = contents.length - rejected.length
const newLine = Buffer.from('\n')
const body = Buffer.concat(contents.flatMap(content => [Buffer.from(content), newLine]))

let store: TestStore
let server: Server
let kafka: TestKafka | undefined

async function rows<Row>(query: string): Promise<Row[]> {
  const answer = await store.store.admin.query({ query, format: 'JSONEachRow' })
  return await answer.json<Row>()
}

beforeAll(async () => {
  ;[store, kafka] = await Promise.all([
    startTestStore({ database: 'tokenwatch_hostile_test' }),
    isKafkaSkipped ? undefined : startTestKafka(),
  ])
  // A consumer of a topic that is not there is not ready.
  await send([])
  server = await startServer({
    environment: {
      CLICKHOUSE_URL: store.store.url,
      CLICKHOUSE_USER: 'admin',
      CLICKHOUSE_PASSWORD: store.store.embedded?.passwords.admin ?? '',
      CLICKHOUSE_DATABASE: store.settings.database,
      TOKENWATCH_API_INGEST_KEYS: `edge=${INGEST_KEY}`,
      ...(kafka && { KAFKA_BROKERS: kafka.brokers.join(','), KAFKA_TOPICS: TOPIC }),
    },
  })
})

afterAll(async () => {
  stopPrograms()
  await Promise.all([store.close(), kafka?.stop()])
  removeFolders()
})

const send = async (values: readonly (string | Buffer)[]) => {
  const messages = values.map(value => ({ key: null, value }))
  if (kafka === undefined) return
  await produce({ brokers: kafka.brokers, topic: TOPIC, partitions: 1, messages })
}

async function post(content: Buffer | string, headers: Readonly<Record<string, string>> = {}) {
  const response = await fetch(`${server.url}/v1/events`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${server.key}`,
      'content-type': 'application/x-ndjson',
      ...headers,
    },
    body: content,
  })
  const text = await response.text()
  expect(text).not.toContain(SECRET)
  return { status: response.status, reply: JSON.parse(text) }
}

/** Every good record once, with what it said; every other one an event or a dead letter, in its place. */
async function expectStored(source: string, firstOffset: number) {
  const since = `source = '${source}' AND source_offset >= ${firstOffset}`
  const goods = () =>
    rows<{ at: number; id: string; bytes: number; path: string }>(`
    SELECT toUInt32(source_offset - ${firstOffset}) AS at, request_id AS id, toUInt32(bytes_out) AS bytes, path
    FROM access_events WHERE ${since} AND request_id LIKE 'good-%' ORDER BY source_offset, source_index`)
  // Events follow the letters.
  await expect.poll(goods).toEqual(
    Array.from({ length: hostile.length + 1 }, (_, at) => ({
      at: at * 2,
      id: `good-${at}`,
      bytes: at,
      path: '/v1/items',
    })),
  )
  const [events] = await rows<{ n: string }>(
    `SELECT uniqExact(source_offset, source_index) AS n FROM access_events WHERE ${since}`,
  )
  expect(Number(events?.n)).toBe(eventCount)
  const letters = () =>
    rows(`SELECT toUInt32(source_offset - ${firstOffset}) AS index, reason, field
      FROM dead_letters WHERE ${since} ORDER BY source_offset, source_index`)
  await expect.poll(letters).toEqual(rejected.map(row => ({ field: '', ...row })))
}

const nextHttpOffset = async () => {
  const [row] = await rows<{ next: string }>(`
    SELECT max(next) AS next FROM (
      SELECT toInt64(max(source_offset)) + 1 AS next, count() AS n FROM access_events WHERE source = 'http.main'
      UNION ALL
      SELECT toInt64(max(source_offset)) + 1, count() FROM dead_letters WHERE source = 'http.main'
    ) WHERE n > 0`)
  return Number(row?.next ?? 0)
}

const isReady = async () => (await fetch(`${server.url}/readyz`)).status === 200

describe('records that can be no event, and records that only look so', () => {
  test('by HTTP, as lines: each is told by index, reason and field', async () => {
    const firstOffset = await nextHttpOffset()
    const { status, reply } = await post(body)
    expect(status).toBe(207)
    expect(reply).toEqual({ accepted: eventCount, rejected: rejected.length, errors: rejected })
    await expectStored('http.main', firstOffset)
    expect(await isReady()).toBe(true)
  })

  test('by HTTP, as elements of an array', async () => {
    const isJson = ({ content }: HostileRecord) => {
      try {
        return JSON.parse(content.toString()) !== undefined
      } catch {
        return false
      }
    }
    const elements = hostile.filter(isJson)
    const errors = elements.flatMap(({ reason, field }, at) =>
      reason === undefined
        ? []
        : [{ index: at * 2, reason, ...(field !== undefined && { field }) }],
    )
    const text = elements.flatMap(({ content }, at) => [content.toString(), good(at)]).join(',\n')
    const { status, reply } = await post(`[${text}]`, { 'content-type': 'application/json' })
    expect(status).toBe(207)
    expect(reply).toEqual({
      accepted: elements.length * 2 - errors.length,
      rejected: errors.length,
      errors,
    })
  })

  test('empty lines are no records, and indexes count them', async () => {
    const { status, reply } = await post(`\n\r\n${good(1)}\r\n \t\nnonsense\n\n`)
    expect(status).toBe(207)
    expect(reply).toEqual({
      accepted: 1,
      rejected: 1,
      errors: [{ index: 4, reason: 'not_json' }],
    })
  })

  test.skipIf(isKafkaSkipped)('by Kafka: each in its place', async () => {
    // The longest goes alone: with the others it is more than a broker takes at once.
    await send(contents.slice(0, -2))
    await send(contents.slice(-2, -1))
    await send([...contents.slice(-1), '', '\n'])
    const letters = () =>
      rows<{ reason: string }>(
        `SELECT reason FROM dead_letters WHERE source = '${TOPIC}' AND source_offset >= ${contents.length}`,
      )
    await eventually(async () => (await letters()).length === 2)
    expect(await letters()).toEqual([{ reason: 'empty_record' }, { reason: 'empty_record' }])
    // Not part of what came by HTTP.
    await store.store.admin.command({
      query: `DELETE FROM dead_letters WHERE source = '${TOPIC}' AND source_offset >= ${contents.length}`,
    })
    await expectStored(TOPIC, 0)
    expect(await isReady()).toBe(true)
  })

  test('dead letters tell reason, place and key names', async () => {
    const { counts, deadLetters } = (await server.get('/v1/dead-letters?limit=1000')) as {
      readonly counts: readonly { readonly reason: string; readonly count: number }[]
      readonly deadLetters: readonly DeadLetter[]
    }
    const reasons = new Set(rejected.map(({ reason }) => reason))
    expect(new Set(counts.map(({ reason }) => reason))).toEqual(reasons)
    expect(counts.reduce((sum, { count }) => sum + count, 0)).toBe(deadLetters.length)
    for (const reason of reasons) {
      const { deadLetters: some } = (await server.get(
        `/v1/dead-letters?reason=${reason}&limit=1000`,
      )) as { readonly deadLetters: readonly DeadLetter[] }
      expect(some).toHaveLength(counts.find(entry => entry.reason === reason)?.count ?? -1)
    }
    const keys = deadLetters.map(letter => letter.keys)
    expect(keys).toContainEqual(['hello', '[redacted]'])
    expect(keys).toContainEqual(expect.arrayContaining(['request.uri', 'response.status']))
    expect(Math.max(...keys.map(({ length }) => length))).toBeLessThanOrEqual(40)
  })

  test('nothing of a bad record is kept, and no odd one becomes anything but what it is', async () => {
    const tables = await rows<{ name: string }>(
      `SELECT name FROM system.tables WHERE database = '${store.settings.database}' AND engine != 'MaterializedView'`,
    )
    for (const { name } of tables) {
      const text = JSON.stringify(await rows(`SELECT * FROM ${name}`))
      expect(text, name).not.toContain(SECRET)
      // Control characters, and the half of a pair that is no text.
      expect(/\\u001b|\\u0000|\\ud800|\u202e/.test(text), name).toBe(false)
    }
    expect(server.output() + server.errors()).not.toContain(SECRET)
    const [evil] = await rows<{ n: string }>(
      "SELECT count() AS n FROM access_events WHERE status = 500 OR token_hint = 'evil'",
    )
    expect(Number(evil?.n)).toBe(0)
    const addresses = await rows<{ entity: string; ip: string }>(
      "SELECT entity, toString(any(ip)) AS ip FROM access_events WHERE entity = 'address' GROUP BY entity",
    )
    expect(addresses).toEqual([{ entity: 'address', ip: '::ffff:198.51.100.7' }])
    await server.get('/v1/tokens?limit=1000')
    await server.get('/v1/stats')
  })
})

describe('requests that are refused as a whole', () => {
  const gzip = { 'content-encoding': 'gzip' }
  const lines = (count: number) => Buffer.from(`${good(0)}\n`.repeat(count))

  const manyLines = Array.from({ length: 200_000 }, (_, at) => `{"ts":${at}}`).join('\n')

  test.each([
    [
      'a gzip bomb',
      gzipSync(Buffer.alloc(64 * 1_048_576, 32)),
      gzip,
      413,
      'decompressed_too_large',
    ],
    [
      'a bomb that does not say so',
      gzipSync(Buffer.alloc(64 * 1_048_576, 32)),
      {},
      413,
      'decompressed_too_large',
    ],
    ['a gzip that ends early', gzipSync(lines(50)).subarray(0, -20), gzip, 400, 'bad_encoding'],
    ['a gzip that is none', lines(1), gzip, 400, 'bad_encoding'],
    [
      'an encoding that nobody knows',
      lines(1),
      { 'content-encoding': 'br' },
      400,
      'unsupported_encoding',
    ],
    ['200,000 lines', gzipSync(manyLines), gzip, 413, 'too_many_records'],
    ['more than ingest takes', Buffer.alloc(9 * 1_048_576, 97), {}, 413, 'body_too_large'],
    ['more than the server takes', Buffer.alloc(20 * 1_048_576, 97), {}, 413, 'body_too_large'],
    ['nothing', Buffer.alloc(0), {}, 400, 'empty_body'],
    [
      'an array without an end',
      Buffer.from(`[${good(0)},`),
      { 'content-type': 'application/json' },
      400,
      'bad_json',
    ],
    [
      'a type that is no log',
      Buffer.from('<a/>'),
      { 'content-type': 'application/xml' },
      415,
      'unsupported_media_type',
    ],
    ['a wrong key', lines(1), { authorization: 'Bearer wrong' }, 401, 'key_required'],
    ['no key', lines(1), { authorization: '' }, 401, 'key_required'],
    [
      'an idempotency key too long',
      lines(1),
      { 'idempotency-key': 'x'.repeat(201) },
      400,
      'invalid_request',
    ],
    [
      'an idempotency key with a blank',
      lines(1),
      { 'idempotency-key': 'a b' },
      400,
      'invalid_request',
    ],
  ] as const)('%s', async (_, content, headers, status, code) => {
    const before = await nextHttpOffset()
    const answer = await post(content, headers)
    expect([answer.status, answer.reply.error?.code]).toEqual([status, code])
    expect(await nextHttpOffset()).toBe(before)
    expect(await isReady()).toBe(true)
  })

  test('an ingest key may send and nothing else', async () => {
    const headers = { authorization: `Bearer ${INGEST_KEY}` }
    expect((await post(good(0), headers)).status).toBe(200)
    expect((await post(good(0), { authorization: '', 'x-api-key': INGEST_KEY })).status).toBe(200)
    for (const path of ['/v1/tokens', '/v1/dead-letters', '/v1/stats', '/metrics']) {
      expect((await fetch(`${server.url}${path}`, { headers })).status, path).toBe(403)
    }
  })

  test('one idempotency key with another body is refused, with the same it counts once', async () => {
    const before = await nextHttpOffset()
    const headers = { 'idempotency-key': 'once' }
    const mixed = `${good(1)}\nnonsense`
    const first = await post(mixed, headers)
    expect(first).toMatchObject({ status: 207, reply: { accepted: 1, rejected: 1 } })
    expect(await post(mixed, headers)).toEqual(first)
    const other = await post(good(2), headers)
    expect([other.status, other.reply.error.code]).toEqual([400, 'idempotency_key_reused'])
    await expect.poll(nextHttpOffset).toBe(before + 2)
    // Keys belong to who sends.
    const edge = { ...headers, authorization: `Bearer ${INGEST_KEY}` }
    expect((await post(good(2), edge)).status).toBe(200)
  })
})
