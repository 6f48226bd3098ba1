/**
 * Events per second from a filled Kafka topic to stored in ClickHouse, with all rollups, and scored: the
 * whole program as one process beside the broker and its ClickHouse.
 *   npx tsx test/bench/pipeline.ts [--kinds lean,full] [--records N] [--rounds N] [--partitions N]
 *     [--tokens N] [--codec none] [--processes N]
 *
 * A round is a new process with an empty store. Counted is from the first insert after the warm-up, a
 * quarter of the records, to the last record; then log and rollups are counted in the store.
 */

import { createWorld } from '../../src/simulate/world.ts'
import { rollups } from '../../src/store/rollups.ts'
import { startTestKafka } from '../support/kafka.ts'
import { removeFolders, stopPrograms } from '../support/program.ts'
import { type BenchServer, startBenchServer } from './bench-server.ts'
import { kongKinds } from './kong-kinds.ts'
import { loadTopic } from './load-topic.ts'
import { pace } from './pace.ts'
import { residentMib } from './process-usage.ts'
import { median, numberOption, print, report, round, textOption } from './report.ts'

const kinds = textOption('kinds', 'lean,full').split(',')
const records = numberOption('records', 1_000_000)
const rounds = numberOption('rounds', 3)
const partitions = numberOption('partitions', 6)
const tokens = numberOption('tokens', 12_000)
const codec = textOption('codec', 'none')
/** 0: as many as `serve` takes by itself. */
const processes = numberOption('processes', 0, 0)
const seed = 1
const WARM_UP_SHARE = 0.25
const DEADLINE_MS = 600_000
const DAY_MS = 86_400_000

process.env['KAFKA_JVM_OPTS'] ??= '-Xms1g -Xmx1g'

/** So many calls of a world that ends about now, as one kind of record. */
function* recordsOf(kind: string): Generator<readonly [string, string], number> {
  const render = kongKinds[kind]
  if (render === undefined) throw new RangeError(`no such kind of record: ${kind}`)
  const days = 1 + records / (tokens * 100)
  const startMs = Date.now() - days * DAY_MS
  const world = createWorld({ seed, tokens, days, startMs, attacks: [] })
  let left = records
  let bytes = 0
  for (const call of world.events()) {
    if (left-- === 0) return bytes / records
    const value = render(call)
    bytes += value.length
    yield [call.token, value]
  }
  throw new RangeError('the world has too few calls')
}

interface Sample {
  readonly stored: number
  readonly atMs: number
  readonly node: number
  readonly clickhouse: number
}

/** By the store itself: a process that is busy answers late for its counters. */
async function storedIn(server: BenchServer): Promise<number> {
  const [row] = await server.select<{ n: number }>('SELECT count() AS n FROM access_events')
  return row?.n ?? 0
}

/** Watches until all is stored; a sample for each insert that ended. */
async function watch(server: BenchServer): Promise<readonly Sample[]> {
  const samples: Sample[] = []
  const startMs = performance.now()
  for (;;) {
    const stored = await storedIn(server)
    const atMs = performance.now()
    if (stored > (samples.at(-1)?.stored ?? 0)) samples.push({ stored, atMs, ...server.cpu() })
    if (stored >= records) return samples
    if (atMs - startMs > DEADLINE_MS || server.process.exitCode !== null) {
      throw new Error(`${stored} of ${records} stored: ${server.errors().slice(-2_000)}`)
    }
    await new Promise(resolve => setTimeout(resolve, 50))
  }
}

/** @throws Error when a record is missing or twice in the log or a rollup */
async function requireExact(server: BenchServer) {
  const counts = ['SELECT count() AS n FROM access_events']
  for (const table of rollups) counts.push(`SELECT sum(events) AS n FROM ${table}`)
  for (const query of counts) {
    const count = async () => (await server.select<{ n: number }>(query))[0]?.n
    // Rollups come a moment after their events.
    for (let turn = 0; turn < 50 && (await count()) !== records; turn++) {
      await new Promise(resolve => setTimeout(resolve, 100))
    }
    const n = await count()
    if (n !== records) throw new Error(`${n} of ${records}: ${query}`)
  }
}

/** Of the log and of all rollups together, as they lie on disk when the last event is stored. */
async function bytesPerEvent(server: BenchServer) {
  const bytes = async (tables: readonly string[]) => {
    const [row] = await server.select<{ n: number }>(
      `SELECT sum(bytes_on_disk) AS n FROM system.parts WHERE active AND database = currentDatabase() AND table IN ('${tables.join("', '")}')`,
    )
    return round((row?.n ?? Number.NaN) / records, 1)
  }
  return { log: await bytes(['access_events']), rollups: await bytes(rollups) }
}

async function runRound(brokers: readonly string[], kind: string, group: string) {
  pace() // warms it up
  const paceBefore = pace()
  const server = await startBenchServer({
    KAFKA_BROKERS: brokers.join(','),
    KAFKA_TOPICS: `bench.${kind}`,
    KAFKA_GROUP_ID: group,
    TOKENWATCH_PROCESSES: String(processes),
  })
  try {
    const samples = await watch(server)
    await requireExact(server)
    const first = samples.find(({ stored }) => stored >= records * WARM_UP_SHARE)
    const last = samples.at(-1)
    if (first === undefined || last === undefined) throw new Error('nothing was stored')
    const events = last.stored - first.stored
    const perEvent = (seconds: number) => round((seconds * 1e6) / events, 2)
    const bytesOnDisk = await bytesPerEvent(server)
    const [engine] = await server.select<{ version: string }>('SELECT version() AS version')
    return {
      clickhouseVersion: engine?.version,
      events,
      perSecond: Math.round((events * 1_000) / (last.atMs - first.atMs)),
      nodeMicroseconds: perEvent(last.node - first.node),
      clickhouseMicroseconds: perEvent(last.clickhouse - first.clickhouse),
      nodePeakMib: server.nodeMib().peak,
      clickhousePeakMib: residentMib(server.clickhousePid).peak,
      bytesOnDisk,
      pace: round((paceBefore + pace()) / 2),
    }
  } finally {
    await server.stop()
  }
}

type Round = Awaited<ReturnType<typeof runRound>>

async function measure(brokers: readonly string[], kind: string) {
  const load = recordsOf(kind)
  let bytesPerRecord = 0
  const counted = (function* () {
    bytesPerRecord = yield* load
  })()
  const startMs = performance.now()
  await loadTopic({ brokers, topic: `bench.${kind}`, partitions, codec, records: counted })
  const seconds = round((performance.now() - startMs) / 1_000)
  print(`${kind}: ${records} records of ${round(bytesPerRecord)} bytes loaded in ${seconds} s`)
  const done: Round[] = []
  for (let number = 1; number <= rounds; number++) {
    const result = await runRound(brokers, kind, `bench-${kind}-${number}`)
    done.push(result)
    print(
      `${kind}, round ${number}: ${result.perSecond} events/s, CPU ${result.nodeMicroseconds} us an event in Node, ${result.clickhouseMicroseconds} in ClickHouse; pace ${result.pace}`,
    )
  }
  const middle = (of: (result: Round) => number) => round(median(done.map(of)), 2)
  return {
    bytesPerRecord: round(bytesPerRecord),
    eventsPerSecond: middle(({ perSecond }) => perSecond),
    eventsPerSecondRounds: done.map(({ perSecond }) => perSecond),
    nodeCpuMicrosecondsPerEvent: middle(({ nodeMicroseconds }) => nodeMicroseconds),
    clickhouseCpuMicrosecondsPerEvent: middle(result => result.clickhouseMicroseconds),
    nodePeakMib: middle(({ nodePeakMib }) => nodePeakMib),
    clickhousePeakMib: middle(({ clickhousePeakMib }) => clickhousePeakMib),
    bytesOnDiskPerEvent: done.at(-1)?.bytesOnDisk,
    paceNanosecondsRounds: done.map(result => result.pace),
    clickhouseVersion: done[0]?.clickhouseVersion,
  }
}

const kafka = await startTestKafka()
try {
  const results: Record<string, Omit<Awaited<ReturnType<typeof measure>>, 'clickhouseVersion'>> = {}
  let clickhouse: string | undefined
  for (const kind of kinds) {
    const { clickhouseVersion, ...result } = await measure(kafka.brokers, kind)
    clickhouse = clickhouseVersion
    results[kind] = result
  }
  const versions = {
    clickhouse,
    kafka: kafka.own === undefined ? undefined : '4.3.1',
    kafkajs: '2.2.4',
  }
  report({
    bench: 'pipeline',
    seed,
    versions,
    // The first kind's, where a reader looks first.
    results: {
      eventsPerSecond: results[kinds[0] ?? '']?.eventsPerSecond,
      records,
      partitions,
      tokens,
      codec,
      processes,
      ...results,
    },
  })
} finally {
  stopPrograms()
  removeFolders()
  await kafka.stop()
}
