import { readdirSync, readFileSync } from 'node:fs'
import { Kafka, logLevel } from 'kafkajs'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { renderKongRecord } from '../../src/simulate/formats/kong-record.ts'
import { createWorld } from '../../src/simulate/world.ts'
import { eventually } from '../support/clickhouse.ts'
import { isKafkaSkipped, startTestKafka, type TestKafka } from '../support/kafka.ts'
import { produce } from '../support/produce.ts'
import { removeFolders, type Server, startServer, stopPrograms } from '../support/program.ts'

const DAY_MS = 86_400_000
const EVENTS = 30_000
const PARTITIONS = 6

const lines = (() => {
  const startMs = Date.now() - 29 * DAY_MS
  const world = createWorld({ seed: 5, tokens: 60, days: 30, startMs, attacks: [], lookAlikes: [] })
  const calls = []
  for (const call of world.events()) {
    calls.push({ key: call.token, value: renderKongRecord(call) })
    if (calls.length === EVENTS) break
  }
  return calls
})()

interface Stats {
  readonly eventsStored: number
  readonly tokens: number
  readonly formats: readonly { readonly format: string; readonly records: number }[]
  readonly streams: readonly { readonly source: string; readonly partition: number }[]
  readonly dependencies: readonly { readonly name: string; readonly isHealthy: boolean }[]
}

/** Process ids of the members, by /proc; the embedded ClickHouse is a child too. */
function membersOf(server: Server): readonly number[] {
  return readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .filter(pid => {
      try {
        const parent = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ')[1]
        const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')
        return Number(parent) === server.process.pid && command.includes('member')
      } catch {
        return false // ended meanwhile
      }
    })
    .map(Number)
}

afterEach(stopPrograms)

describe.skipIf(isKafkaSkipped)('one command, several processes', () => {
  let kafka: TestKafka
  beforeAll(async () => {
    kafka = await startTestKafka()
  })
  afterAll(async () => {
    await kafka.stop()
    removeFolders()
  })

  const start = (topic: string) =>
    startServer({
      environment: {
        KAFKA_BROKERS: kafka.brokers.join(','),
        KAFKA_TOPICS: topic,
        KAFKA_GROUP_ID: topic,
        TOKENWATCH_PROCESSES: '2',
        TOKENWATCH_INGEST_KAFKA_SESSION_TIMEOUT_MS: '6000',
        TOKENWATCH_INGEST_KAFKA_HEARTBEAT_MS: '1000',
        TOKENWATCH_INGEST_BATCH_ROWS_MAX: '2000',
        TOKENWATCH_INGEST_FLUSH_MS: '50',
      },
    })
  const fill = (topic: string, messages: typeof lines) =>
    produce({ brokers: kafka.brokers, topic, partitions: PARTITIONS, messages })
  /** Members of the consumer group that have partitions. */
  const membersIn = async (groupId: string) => {
    const admin = new Kafka({ brokers: kafka.brokers, logLevel: logLevel.NOTHING }).admin()
    await admin.connect()
    try {
      const { groups } = await admin.describeGroups([groupId])
      const members = groups[0]?.members ?? []
      return members.filter(({ memberAssignment }) => memberAssignment.length > 0).length
    } finally {
      await admin.disconnect()
    }
  }
  const statsOf = async (server: Server) => (await server.get('/v1/stats')) as Stats
  const kafkaStreams = ({ streams }: Stats, topic: string) =>
    streams.filter(({ source }) => source === topic).map(({ partition }) => partition)
  const isUp = async (server: Server) =>
    (await statsOf(server)).dependencies.some(
      ({ name, isHealthy }) => name === 'process 2' && isHealthy,
    )
  const stored = async (server: Server) => {
    const { tokens } = (await server.get('/v1/tokens?limit=1000')) as {
      tokens: readonly { readonly events: number }[]
    }
    return tokens.reduce((sum, { events }) => sum + events, 0)
  }

  test('share the partitions, answer as one, and stop as one', async () => {
    const topic = 'shared.access'
    await fill(topic, [])
    const server = await start(topic)
    const [member] = await eventually(() => membersOf(server).length === 1 && membersOf(server))
    // Each has its half before there is anything to read.
    await eventually(async () => (await membersIn(topic)) === 2, 60_000)
    await eventually(
      async () => kafkaStreams(await statsOf(server), topic).length === PARTITIONS,
      60_000,
    )
    await fill(topic, lines)
    await eventually(async () => (await stored(server)) === EVENTS, 90_000)
    const stats = await eventually(async () => {
      const all = await statsOf(server)
      return all.eventsStored === EVENTS && all
    }, 10_000)
    // Counted by both processes: neither alone has all partitions, tokens, or records.
    expect(kafkaStreams(stats, topic).sort()).toEqual([0, 1, 2, 3, 4, 5])
    expect(stats.tokens).toBe(new Set(lines.map(({ key }) => key)).size)
    expect(stats.formats).toMatchObject([{ format: 'kong', records: EVENTS }])
    const metrics = await (
      await fetch(`${server.url}/metrics`, { headers: { authorization: `Bearer ${server.key}` } })
    ).text()
    const perPartition = [
      ...metrics.matchAll(
        /^tokenwatch_events_stored_total\{source="shared\.access",partition="(\d)"\}/gm,
      ),
    ].map(([, partition]) => partition)
    expect(perPartition.toSorted()).toEqual(['0', '1', '2', '3', '4', '5'])

    // A baseline from whichever process has it: all of them, so of both.
    const { tokens } = (await server.get('/v1/tokens?limit=1000')) as {
      tokens: readonly { readonly token: string }[]
    }
    for (const { token } of tokens) {
      expect(await server.get(`/v1/tokens/${token}/baseline`)).toHaveProperty('learned.activeDays')
    }

    server.process.kill('SIGTERM')
    expect(await server.ended).toBe(0)
    expect(membersOf(server)).toEqual([])
    expect(() => process.kill(member ?? 0, 0)).toThrow('ESRCH')
  }, 180_000)

  test('a member that is killed is started again; the first process ends, and it ends too', async () => {
    const topic = 'killed.member'
    const half = lines.length / 2
    await fill(topic, lines.slice(0, half))
    const server = await start(topic)
    await eventually(() => isUp(server), 60_000)
    const [first] = membersOf(server)
    process.kill(first ?? 0, 'SIGKILL')
    await fill(topic, lines.slice(half))
    const [second] = await eventually(() => {
      const now = membersOf(server)
      return now.length === 1 && now[0] !== first && now
    }, 60_000)
    await eventually(() => isUp(server), 60_000)
    await eventually(async () => (await stored(server)) >= EVENTS, 90_000)
    expect(await stored(server)).toBe(EVENTS)

    server.process.kill('SIGKILL')
    await server.ended
    await eventually(() => {
      try {
        process.kill(second ?? 0, 0)
        return false
      } catch {
        return true
      }
    }, 20_000)
  }, 240_000)
})
