import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { DeadLetter } from '../../src/domain/reject.ts'
import { eventually } from '../support/clickhouse.ts'
import { isKafkaSkipped, startTestKafka, type TestKafka } from '../support/kafka.ts'
import { produce } from '../support/produce.ts'
import {
  removeFolders,
  type Server,
  startProgram,
  startServer,
  stopPrograms,
} from '../support/program.ts'

const TOPIC = 'replayed.access'
const SECRET = 'sk_live_4eC39HqLyjWDarjtT1zdp7dc'
const BYTES_MAX = 1_024

/** In tokenwatch's own format, with line breaks as a pretty printer makes them. */
const record = (number: number, padding = 0) =>
  JSON.stringify(
    {
      ts: Date.now() - 60_000 + number,
      token: SECRET,
      ip: '198.51.100.7',
      method: 'GET',
      path: `/v1/items/${number}`,
      status: 200,
      note: 'x'.repeat(padding),
    },
    null,
    2,
  )

describe.skipIf(isKafkaSkipped)('dead letters', () => {
  let kafka: TestKafka
  let server: Server

  const environment = (recordBytesMax: number) => ({
    KAFKA_BROKERS: kafka.brokers.join(','),
    KAFKA_TOPICS: TOPIC,
    TOKENWATCH_NORMALIZE_RECORD_BYTES_MAX: String(recordBytesMax),
  })

  const run = async (...args: readonly string[]) => {
    const program = startProgram(['dead-letters', ...args, '--url', server.url], {
      environment: { ...environment(BYTES_MAX), TOKENWATCH_API_ADMIN_KEY: server.key },
    })
    const code = await program.ended
    const text = `${program.output()}${program.errors()}`
    expect(text).not.toContain(SECRET)
    return { code, output: program.output(), errors: program.errors() }
  }

  const letters = async () =>
    ((await server.get('/v1/dead-letters')) as { deadLetters: readonly DeadLetter[] }).deadLetters
  const metric = async (name: string) => {
    const answer = await fetch(`${server.url}/metrics`, {
      headers: { authorization: `Bearer ${server.key}` },
    })
    const lines = (await answer.text()).matchAll(new RegExp(`^${name}\\S* (\\d+)$`, 'gm'))
    return [...lines].map(([, value]) => Number(value))
  }
  const stored = async () =>
    (await metric('tokenwatch_events_stored_total')).reduce((sum, count) => sum + count, 0)

  beforeAll(async () => {
    kafka = await startTestKafka()
    const values = [record(0), record(1, 2_000), record(2), '{"neither": "nor"}', record(4, 2_000)]
    await produce({
      brokers: kafka.brokers,
      topic: TOPIC,
      partitions: 3,
      messages: values.map((value, at) => ({ key: `key-${at}`, value })),
    })
    const first = await startServer({ environment: environment(BYTES_MAX) })
    server = first
    // Events follow the letters of their batch.
    await eventually(async () => (await letters()).length === 3 && (await stored()) === 2, 60_000)
    first.process.kill('SIGTERM')
    await first.ended
    server = await startServer({ dataDir: first.dataDir, environment: environment(1_048_576) })
    // Records behind the last event of their partition are read again, and have become events by now.
    await eventually(async () => {
      const lags = await metric('tokenwatch_consumer_lag_records')
      return lags.length === 3 && lags.every(lag => lag === 0)
    }, 60_000)
  }, 180_000)

  afterAll(async () => {
    server.process.kill('SIGTERM')
    await server.ended
    stopPrograms()
    removeFolders()
    await kafka.stop()
  })

  test('are listed, and shown without any value', async () => {
    const { code, output } = await run('list')
    expect(code).toBe(0)
    expect(output.match(/record_too_long/g)).toHaveLength(3) // two, and the summary
    expect(output).toContain('unknown_format 1')
    const [position = ''] = /replayed\.access\/\d\/\d+(?= {2}unknown_format)/.exec(output) ?? []
    const shown = await run('show', position)
    expect(shown.code).toBe(0)
    expect(shown.output).toMatch(/^Reason +unknown_format$/m)
    expect(shown.output).toMatch(/^Keys +neither$/m)
    expect(shown.output).not.toContain('nor"')
  })

  test('are read again from the topic and stored once, however often', async () => {
    const before = await stored()
    const first = await run('replay', '--reason', 'record_too_long')
    expect(first).toMatchObject({ code: 0, errors: '' })
    expect(first.output).toContain('2 of 2 accepted')
    expect(await stored()).toBe(before + 2)
    expect((await run('replay', '--reason', 'record_too_long')).output).toContain('2 of 2 accepted')
    expect(await stored()).toBe(before + 2)
  }, 120_000)

  test('what is still no event is told with its reason; what is gone, too', async () => {
    const { output } = await run('list', '--json', '--reason', 'unknown_format')
    const letter = JSON.parse(output) as DeadLetter
    const position = `${letter.source}/${letter.partition}/${letter.offset}`
    const again = await run('replay', position, `${TOPIC}/0/999999`, 'http.kong/0/3', 'other/0/3')
    expect(again.code).toBe(1)
    expect(again.output).toContain(`${position}  rejected: unknown_format`)
    expect(again.output).toContain(`${TOPIC}/0/999999  gone: `)
    expect(again.output).toContain('http.kong/0/3  not replayed: it came by HTTP')
    expect(again.output).toContain('other/0/3  not replayed: its source is no topic')
    expect(again.output).toContain('0 of 4 accepted')
  }, 120_000)

  test('wrong use is told', async () => {
    expect((await run('replay')).code).toBe(2)
    expect((await run('replay', 'nonsense')).errors).toContain('is no position of a record')
    const program = startProgram(['dead-letters', 'list', '--url', 'http://127.0.0.1:9'], {
      environment: { TOKENWATCH_API_ADMIN_KEY: server.key },
    })
    expect(await program.ended).toBe(2)
    expect(program.errors()).toContain('does not answer')
  })
})
