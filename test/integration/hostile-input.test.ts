import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { eventually, startTestStore, type TestStore } from '../support/clickhouse.ts'
import { isKafkaSkipped, startTestKafka, type TestKafka } from '../support/kafka.ts'
import { produce } from '../support/produce.ts'
import { removeFolders, type Server, startServer, stopPrograms } from '../support/program.ts'

const TOPIC = 'hostile.input'
const nowMs = Date.now()
/** Planted in every bad record: it must not come out anywhere. */
const SECRET = ['sk', 'live', 'Zk3vJ8qLw2Xr9TbN5mPc7YdH'].join('_')
const good = (over: object = {}) => ({
  ts: nowMs,
  credentialId: 'cred-good',
  ip: '198.51.100.7',
  method: 'GET',
  path: '/v1/items',
  status: 200,
  ...over,
})
const deep = `${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}`

/** A record that can be no event, and the reasons that may be given for it. */
const bad: readonly (readonly [string, string | Buffer, readonly string[]])[] = [
  ['a line that is no record', `what is this ${SECRET}`, ['not_json', 'unknown_format']],
  ['broken JSON', `{"ts": 1, "token": "${SECRET}"`, ['not_json', 'unknown_format']],
  ['an object of no format', JSON.stringify({ hello: SECRET }), ['unknown_format']],
  [
    'a time of another type',
    JSON.stringify(good({ ts: { $date: SECRET } })),
    ['bad_time', 'wrong_type', 'missing_time', 'unknown_format'],
  ],
  ['the year 1970', JSON.stringify(good({ ts: 86_400_000, token: SECRET })), ['time_before_2000']],
  [
    'the year 2100',
    JSON.stringify(good({ ts: Date.UTC(2100, 0, 1), token: SECRET })),
    ['time_in_future'],
  ],
  [
    'a status that is none',
    JSON.stringify(good({ status: 'teapot', token: SECRET })),
    ['bad_status', 'wrong_type'],
  ],
  [
    'a line far over the limit',
    JSON.stringify(good({ path: `/${SECRET}${'x'.repeat(600_000)}` })),
    ['record_too_long'],
  ],
  ['deep JSON', deep, ['too_deep', 'unknown_format', 'not_json']],
  [
    'binary bytes',
    Buffer.from([0xff, 0xfe, 0x00, 0x01, 0x80, 0xc3, 0x28]),
    ['not_text', 'unknown_format', 'not_json'],
  ],
]

/** More than a broker takes as one message. */
const megabyte = [
  'a line of a megabyte',
  JSON.stringify(good({ path: `/${SECRET}${'x'.repeat(1_048_576)}` })),
  ['record_too_long'],
] as const

describe('records that can be no event', () => {
  let store: TestStore
  let server: Server
  let kafka: TestKafka | undefined

  const count = async (query: string) => {
    const answer = await store.store.admin.query({ query, format: 'JSONEachRow' })
    const [row] = await answer.json<{ n: string }>()
    return Number(row?.n)
  }

  beforeAll(async () => {
    store = await startTestStore({ database: 'tokenwatch_hostile_test' })
    kafka = isKafkaSkipped ? undefined : await startTestKafka()
    if (kafka !== undefined) {
      const values = bad.flatMap(([, line]) => [line, JSON.stringify(good())])
      const messages = values.map(value => ({ key: null, value: value as string }))
      await produce({ brokers: kafka.brokers, topic: TOPIC, partitions: 1, messages })
    }
    server = await startServer({
      environment: {
        CLICKHOUSE_URL: store.store.url,
        CLICKHOUSE_USER: 'admin',
        CLICKHOUSE_PASSWORD: store.store.embedded?.passwords.admin ?? '',
        CLICKHOUSE_DATABASE: store.settings.database,
        ...(kafka && { KAFKA_BROKERS: kafka.brokers.join(','), KAFKA_TOPICS: TOPIC }),
      },
    })
  })

  afterAll(async () => {
    stopPrograms()
    await Promise.all([store.close(), kafka?.stop()])
    removeFolders()
  })

  test.each([...bad, megabyte])(
    'by HTTP: %s is told by index and reason, the good ones are stored',
    async (_, line, reasons) => {
      const body = Buffer.concat([
        Buffer.from(`${JSON.stringify(good())}\n`),
        Buffer.from(line),
        Buffer.from(`\n${JSON.stringify(good())}\n`),
      ])
      const reply = await fetch(`${server.url}/v1/events`, {
        method: 'POST',
        headers: { authorization: `Bearer ${server.key}`, 'content-type': 'application/x-ndjson' },
        body,
      })
      const text = await reply.text()
      expect(text).not.toContain(SECRET)
      expect(reply.status).toBe(207)
      const told = JSON.parse(text)
      expect(told).toMatchObject({ accepted: 2, rejected: 1, errors: [{ index: 1 }] })
      expect(reasons).toContain(told.errors[0].reason)
    },
  )

  test.skipIf(isKafkaSkipped)(
    'by Kafka: every good record is stored, every bad one a dead letter',
    async () => {
      await eventually(
        async () =>
          (await count(`SELECT count() AS n FROM access_events WHERE source = '${TOPIC}'`)) ===
          bad.length,
      )
      await eventually(
        async () =>
          (await count(
            `SELECT uniqExact(source_offset) AS n FROM dead_letters WHERE source = '${TOPIC}'`,
          )) === bad.length,
      )
    },
  )

  test('dead letters tell reason, position and key names, and no value; the program goes on', async () => {
    const letters = JSON.stringify(await server.get('/v1/dead-letters?limit=1000'))
    for (const reason of [
      'unknown_format',
      'time_before_2000',
      'time_in_future',
      'record_too_long',
    ]) {
      expect(letters).toContain(reason)
    }
    expect(letters).toContain('hello')
    expect(letters + server.output() + server.errors()).not.toContain(SECRET)
    for (const table of ['access_events', 'dead_letters', 'findings', 'token_route', 'audit_log']) {
      const answer = await store.store.admin.query({
        query: `SELECT * FROM ${table}`,
        format: 'JSONEachRow',
      })
      expect(await answer.text(), table).not.toContain(SECRET)
    }
    expect((await fetch(`${server.url}/readyz`)).status).toBe(200)
  })

  test.each([
    [
      'a gzip bomb',
      gzipSync(Buffer.alloc(64 * 1_048_576, 32)),
      { 'content-encoding': 'gzip' },
      [413],
    ],
    [
      'a gzip that ends early',
      gzipSync(Buffer.from('{}'.repeat(5_000))).subarray(0, 20),
      { 'content-encoding': 'gzip' },
      [400],
    ],
    ['a body over the limit', Buffer.alloc(20 * 1_048_576, 97), {}, [413]],
    ['a type that is no log', Buffer.from('<a/>'), { 'content-type': 'application/xml' }, [415]],
    ['a wrong key', Buffer.from('{}'), { authorization: 'Bearer wrong' }, [401]],
  ])('%s is refused as a whole', async (_, body, headers, statuses) => {
    const reply = await fetch(`${server.url}/v1/events`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${server.key}`,
        'content-type': 'application/x-ndjson',
        ...headers,
      },
      body,
    })
    expect(statuses).toContain(reply.status)
    expect(await reply.json()).toMatchObject({ error: { code: expect.any(String) } })
  })

  test('one idempotency key with another body is refused, with the same it counts once', async () => {
    const before = await count("SELECT count() AS n FROM access_events WHERE source = 'http.main'")
    const headers = { 'idempotency-key': 'once' }
    expect((await server.send([JSON.stringify(good())], headers)).status).toBe(200)
    expect((await server.send([JSON.stringify(good())], headers)).status).toBe(200)
    expect((await server.send([JSON.stringify(good({ path: '/other' }))], headers)).status).toBe(
      400,
    )
    const after = await count("SELECT count() AS n FROM access_events WHERE source = 'http.main'")
    expect(after).toBe(before + 1)
  })
})
