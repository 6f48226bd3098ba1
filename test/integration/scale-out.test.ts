import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { loadKafkajs } from '../../src/ingest/kafka-patches/load-kafkajs.ts'
import { renderKongRecord } from '../../src/simulate/formats/kong-record.ts'
import { createWorld } from '../../src/simulate/world.ts'
import { selectRows } from '../../src/store/rows.ts'
import { eventually, startTestStore, type TestStore } from '../support/clickhouse.ts'
import { eventCounts, exactCounts } from '../support/event-counts.ts'
import { isKafkaSkipped, startTestKafka, type TestKafka } from '../support/kafka.ts'
import { produce } from '../support/produce.ts'
import {
  aFolder,
  removeFolders,
  type Server,
  startProgram,
  startServer,
  stopPrograms,
} from '../support/program.ts'
import { noDifferences, rollupDifferences } from '../support/stored-events.ts'

const DAY_MS = 86_400_000
const EVENTS = 24_000
const PARTITIONS = 3
const INTERNAL_PARTITIONS = 4
const KILLS = 6
const seed = Number(process.env['TEST_SEED'] ?? 7)

/** Mulberry32: the same kills at the same moments of the program for the same seed, as far as it goes. */
const random = (() => {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
})()

/** Calls of gateways that do not key by token: each token's calls are in all partitions. */
const calls = (() => {
  const world = createWorld({
    seed: 12,
    tokens: 60,
    days: 30,
    startMs: Date.now() - 29 * DAY_MS,
    attacks: [],
    lookAlikes: [],
  })
  const records = []
  for (const call of world.events()) {
    records.push({ key: `request-${records.length}`, value: renderKongRecord(call) })
    if (records.length === EVENTS) break
  }
  return records
})()
/** What must not get into the internal topic. */
const rawKeys = [
  ...new Set(
    calls.flatMap(({ value }) => JSON.parse(value).request.headers.apikey ?? []) as string[],
  ),
]
/** Among them, records that no format knows. */
const bad = Array.from({ length: 40 }, (_, n) => ({ key: `bad-${n}`, value: `{"nonsense":${n}}` }))

afterEach(stopPrograms)

describe.skipIf(isKafkaSkipped)('gateways that do not key by token', () => {
  const fingerprintKey = randomBytes(32).toString('hex')
  let kafka: TestKafka
  let store: TestStore
  beforeAll(async () => {
    kafka = await startTestKafka()
    store = await startTestStore({ database: 'tokenwatch_roles_test' })
  })
  afterAll(async () => {
    await store.close()
    await kafka.stop()
    removeFolders()
  })
  afterEach(async () => {
    const tables = ['access_events', 'ingest_owner', 'dead_letters', 'token_5m', 'token_prefix']
    await store.truncate(...tables, 'token_route', 'token_hour_of_week', 'token_client')
  })

  /** Key and value of all records of a topic, as text. */
  async function recordsOf(topic: string): Promise<readonly string[]> {
    const groupId = `reader of ${topic}`
    // With the codecs: events are sent compressed.
    const { Kafka, logLevel } = await loadKafkajs({ isFastDecoderOn: true, isIdleLoopFixed: true })
    const client = new Kafka({ brokers: kafka.brokers, logLevel: logLevel.NOTHING })
    const consumer = client.consumer({ groupId })
    const records: string[] = []
    await consumer.connect()
    await consumer.subscribe({ topics: [topic], fromBeginning: true })
    await consumer.run({
      eachMessage: ({ message: { key, value } }) => {
        records.push(`${key} ${value}`)
        return Promise.resolve()
      },
    })
    await eventually(() => records.length >= EVENTS, 60_000)
    await consumer.disconnect()
    return records
  }

  const environment = (topic: string, role: string) => ({
    KAFKA_BROKERS: kafka.brokers.join(','),
    KAFKA_TOPICS: topic,
    KAFKA_GROUP_ID: topic,
    TOKENWATCH_ROLE: role,
    TOKENWATCH_INGEST_RELAY_TOPIC: `${topic}.events`,
    TOKENWATCH_INGEST_RELAY_PARTITIONS: String(INTERNAL_PARTITIONS),
    // Small batches, few commits: a kill leaves more behind that comes again.
    TOKENWATCH_INGEST_RELAY_BATCH_EVENTS_MAX: '300',
    TOKENWATCH_INGEST_KAFKA_COMMIT_MS: '2000',
    TOKENWATCH_INGEST_KAFKA_FETCH_PARTITION_BYTES_MAX: '65536',
    TOKENWATCH_INGEST_KAFKA_SESSION_TIMEOUT_MS: '6000',
    TOKENWATCH_INGEST_KAFKA_HEARTBEAT_MS: '1000',
    TOKENWATCH_INGEST_BATCH_ROWS_MAX: '2000',
    TOKENWATCH_INGEST_FLUSH_MS: '50',
    TOKENWATCH_IDENTITY_FINGERPRINT_KEY: fingerprintKey,
    CLICKHOUSE_URL: store.store.url,
    CLICKHOUSE_USER: 'admin',
    CLICKHOUSE_PASSWORD: store.store.embedded?.passwords.admin ?? '',
    CLICKHOUSE_DATABASE: store.settings.database,
  })

  const start = (topic: string, role: string) =>
    startServer({ environment: environment(topic, role) })

  const fill = (topic: string, messages: typeof calls) =>
    produce({ brokers: kafka.brokers, topic, partitions: PARTITIONS, messages })

  const stored = async () => (await eventCounts(store.store))['access_events'] ?? 0
  const storedAtLeast = (events: number) =>
    eventually(async () => (await stored()) >= events, 120_000)

  /** Each record's event once, in the log and all rollups; each token in one partition of the internal topic. */
  async function expectExact(topic: string) {
    await expect
      .poll(() => eventCounts(store.store), { timeout: 15_000, interval: 500 })
      .toEqual(exactCounts(EVENTS))
    expect(await rollupDifferences(store.store)).toEqual(noDifferences)
    const [facts] = await selectRows(
      store.store,
      `SELECT uniqExact(origin_source, origin_partition, origin_offset, origin_index) AS origins,
         uniqExact(source) AS topics, uniqExact(origin_source) AS gateways,
         (SELECT max(partitions) FROM (
           SELECT uniqExact(source_partition) AS partitions FROM access_events GROUP BY token
         )) AS partitionsOfToken
       FROM access_events WHERE source = {topic:String}`,
      { topic: `${topic}.events` },
    )
    expect(facts).toEqual({ origins: EVENTS, topics: 1, gateways: 1, partitionsOfToken: 1 })
  }

  const expectLetters = async (topic: string, letters: number) => {
    const [answer] = await selectRows(
      store.store,
      `SELECT count() AS letters, countIf(source != {topic:String}) AS elsewhere FROM dead_letters FINAL`,
      { topic },
    )
    expect(answer).toEqual({ letters, elsewhere: 0 })
  }

  const metric = async (server: Server, name: string) => {
    const headers = { authorization: `Bearer ${server.key}` }
    const text = await (await fetch(`${server.url}/metrics`, { headers })).text()
    const values = [...text.matchAll(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\d+)`, 'gm'))]
    return values.reduce((sum, [, value]) => sum + Number(value), 0)
  }

  const dropped = (server: Server) => metric(server, 'tokenwatch_duplicates_dropped_total')

  test('two processes: normalize relays, score stores; dead letters keep their first position', async () => {
    const topic = 'plain.access'
    await fill(topic, [...calls.slice(0, 100), ...bad, ...calls.slice(100)])
    const normalize = await start(topic, 'normalize')
    const score = await start(topic, 'score')
    await storedAtLeast(EVENTS)
    await expectExact(topic)
    await expectLetters(topic, bad.length)
    expect(await metric(normalize, 'tokenwatch_events_relayed_total')).toBe(EVENTS)
    expect(await dropped(score)).toBe(0)
    expect((await fetch(`${normalize.url}/v1/stats`)).status).toBe(401)
    const relayed = await recordsOf(`${topic}.events`)
    expect(relayed).toHaveLength(EVENTS)
    const text = relayed.join('\n')
    expect(rawKeys.length).toBeGreaterThan(10)
    expect(rawKeys.filter(key => text.includes(key))).toEqual([])
    for (const server of [normalize, score]) {
      server.process.kill('SIGTERM')
      expect(await server.ended).toBe(0)
    }
  }, 240_000)

  test('one process with both roles; a second start reads nothing again', async () => {
    const topic = 'both.access'
    await fill(topic, calls)
    const first = await start(topic, 'all')
    await storedAtLeast(EVENTS)
    first.process.kill('SIGTERM')
    expect(await first.ended).toBe(0)
    const second = await start(topic, 'all')
    await fill(topic, [{ key: 'last', value: calls[0]?.value ?? '' }])
    await storedAtLeast(EVENTS + 1)
    expect(await metric(second, 'tokenwatch_events_relayed_total')).toBe(1)
    expect(await dropped(second)).toBe(0)
  }, 240_000)

  /** Writes calls bit by bit, so that whatever happens meanwhile happens amid the work. */
  async function trickle(topic: string, part: typeof calls) {
    for (let at = 0; at < part.length; at += 300) {
      await fill(topic, part.slice(at, at + 300))
      await sleep(50)
    }
  }

  test('without an internal topic, a process says that the topic is not keyed by token', async () => {
    const topic = 'direct.access'
    await fill(topic, calls)
    const server = await startServer({
      environment: { ...environment(topic, 'all'), TOKENWATCH_INGEST_RELAY_TOPIC: '' },
    })
    const told = { name: `keys of ${topic}`, state: 'down' }
    await eventually(async () => {
      const answer = await fetch(`${server.url}/readyz`)
      const { dependencies } = (await answer.json()) as { dependencies: readonly unknown[] }
      return JSON.stringify(dependencies).includes(JSON.stringify(told)) && answer.status === 200
    }, 60_000)
    expect(server.errors()).toContain('is not keyed by token')

    // With one, it goes on after what is stored; without it again, it would store all of that twice.
    await storedAtLeast(EVENTS)
    server.process.kill('SIGTERM')
    await server.ended
    const relaying = await start(topic, 'all')
    await fill(topic, calls.slice(0, 600))
    await storedAtLeast(EVENTS + 600)
    expect(await metric(relaying, 'tokenwatch_events_relayed_total')).toBe(600)
    relaying.process.kill('SIGTERM')
    await relaying.ended
    const direct = startProgram(['serve', '--port', '0', '--data-dir', aFolder()], {
      environment: { ...environment(topic, 'all'), TOKENWATCH_INGEST_RELAY_TOPIC: '' },
    })
    await eventually(() => direct.errors().includes('set ingest.relay.topic'), 60_000)
    expect(await stored()).toBe(EVENTS + 600)
  }, 240_000)

  test('SIGKILL of either role at random moments, again and again: every event once', async () => {
    const topic = 'killed.access'
    await fill(topic, [])
    const servers = {
      normalize: [await start(topic, 'normalize'), await start(topic, 'normalize')],
      score: [await start(topic, 'score')],
    }
    let duplicates = 0
    /** Kills one of a role amid the work, and starts another in its place. */
    const strike = async (role: keyof typeof servers) => {
      const at = Math.floor(random() * servers[role].length)
      const victim = servers[role][at]
      if (victim === undefined) throw new Error('nobody to kill')
      if (role === 'score') duplicates += await dropped(victim)
      victim.process.kill('SIGKILL')
      await victim.ended
      servers[role][at] = await start(topic, role)
    }
    for (let kill = 0; kill < KILLS; kill++) {
      const share = EVENTS / KILLS
      const feeding = trickle(topic, calls.slice(kill * share, (kill + 1) * share))
      await sleep(random() * 1_500)
      await Promise.all([strike(kill % 3 === 2 ? 'score' : 'normalize'), feeding])
    }
    await storedAtLeast(EVENTS)
    await expectExact(topic)
    for (const server of servers.score) duplicates += await dropped(server)
    // Else nothing had come twice, and nothing was proven.
    expect(duplicates).toBeGreaterThan(0)
  }, 400_000)

  test.skipIf((process.env['KAFKA_BROKERS'] ?? '') !== '')(
    'the broker is killed and comes back: every event once',
    async () => {
      const topic = 'broker.access'
      await fill(topic, [])
      const normalize = await start(topic, 'normalize')
      const score = await start(topic, 'score')
      const isReady = async ({ url }: Server) => (await fetch(`${url}/readyz`)).status === 200
      await fill(topic, calls.slice(0, EVENTS / 2))
      await sleep(random() * 1_000)
      await kafka.own?.kill()
      await eventually(async () => !(await isReady(normalize)), 60_000)
      await kafka.own?.restart()
      await eventually(async () => (await isReady(normalize)) && (await isReady(score)), 90_000)
      await fill(topic, calls.slice(EVENTS / 2))
      await storedAtLeast(EVENTS)
      await expectExact(topic)
    },
    400_000,
  )

  test('an internal topic that is not as the settings say is not written to', async () => {
    const topic = 'other.access'
    await fill(topic, calls.slice(0, 10))
    await produce({
      ...{ brokers: kafka.brokers, topic: `${topic}.events`, messages: [] },
      partitions: INTERNAL_PARTITIONS + 1,
    })
    const wrong = async (environmentOf: Readonly<Record<string, string>>, told: string) => {
      const program = startProgram(['serve', '--port', '0', '--data-dir', aFolder()], {
        environment: { ...environment(topic, 'normalize'), ...environmentOf },
      })
      await eventually(() => program.errors().includes(told), 60_000)
      const url = /listens on (http:\S+)/.exec(program.output())?.[1]
      const answer = await fetch(`${url}/readyz`)
      expect(answer.status).toBe(503)
      expect(await answer.text()).toContain('{"name":"internal topic","state":"down"}')
      program.process.kill('SIGTERM')
      expect(await program.ended).toBe(0)
    }
    await wrong({}, `has ${INTERNAL_PARTITIONS + 1} partitions and ingest.relay.partitions is`)
    const unmade = {
      TOKENWATCH_INGEST_RELAY_TOPIC: 'unmade',
      TOKENWATCH_INGEST_RELAY_REPLICAS: '9',
    }
    await wrong(
      unmade,
      'topic unmade is not there and may not be made (INVALID_REPLICATION_FACTOR)',
    )
  }, 120_000)

  test('a member that was paused until others had taken over goes on writing: every event once', async () => {
    const topic = 'zombie.access'
    await fill(topic, [])
    const zombie = await start(topic, 'normalize')
    const score = await start(topic, 'score')
    const feeding = trickle(topic, calls)
    const relayed = (server: Server) => metric(server, 'tokenwatch_events_relayed_total')
    await eventually(async () => (await relayed(zombie)) > EVENTS / 10, 60_000)
    zombie.process.kill('SIGSTOP')
    const heir = await start(topic, 'normalize') // ready when the group has given it the partitions
    await eventually(async () => (await relayed(heir)) > EVENTS / 10, 60_000)
    zombie.process.kill('SIGCONT')
    await feeding
    await storedAtLeast(EVENTS)
    await expectExact(topic)
    // What the zombie had written and not committed came again.
    expect(await dropped(score)).toBeGreaterThan(0)
  }, 400_000)
})
