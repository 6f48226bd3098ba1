/**
 * How long a restart takes with many tokens: from the start of the process until all partitions go on behind what
 * is stored, their baselines loaded. After a stop in order, and after SIGKILL, when what came since the last
 * snapshot is scored again.
 *   npm run bench -- restart [--tokens 100000] [--records 600000] [--partitions 6] [--drain-ms 30000]
 */
import { createWorld } from '../../src/simulate/world.ts'
import { startTestKafka } from '../support/kafka.ts'
import {
  aFolder,
  removeFolders,
  type Server,
  startServer,
  stopPrograms,
} from '../support/program.ts'
import { buildProgram } from './built-program.ts'
import { kongKinds } from './kong-kinds.ts'
import { loadTopic } from './load-topic.ts'
import { numberOption, print, report, round } from './report.ts'

const tokens = numberOption('tokens', 100_000)
const records = numberOption('records', 600_000)
const drainMs = numberOption('drain-ms', 30_000)
const partitions = numberOption('partitions', 6)
const seed = 1
const topic = 'bench.restart'
const DAY_MS = 86_400_000
const WAIT_MS = 300_000

process.env['KAFKA_JVM_OPTS'] ??= '-Xms1g -Xmx1g'

/** Each caller of a small world stands for ten: a world of all tokens would take minutes to draw. */
const NAMESAKES = 10

function* calls(): Generator<readonly [string, string]> {
  const render = kongKinds['lean']
  if (render === undefined) throw new RangeError('no such kind of record')
  const callers = Math.ceil(tokens / NAMESAKES)
  const days = 1 + records / (callers * 100)
  const world = createWorld({
    seed,
    tokens: callers,
    days,
    startMs: Date.now() - days * DAY_MS,
    attacks: [],
  })
  let left = records
  for (const call of world.events()) {
    if (left === 0) return
    const namesake = String(left-- % NAMESAKES)
    const token = call.token.slice(0, -1) + namesake
    const credentialId = call.credentialId && call.credentialId.slice(0, -1) + namesake
    yield [token, render({ ...call, token, credentialId })]
  }
}

interface Stats {
  readonly tokens: number
  readonly streams: readonly { readonly source: string; readonly watermark: number }[]
}

/** Seconds until the condition holds. */
async function secondsUntil(startMs: number, holds: () => Promise<boolean>): Promise<number> {
  while (!(await holds())) {
    if (performance.now() - startMs > WAIT_MS) throw new Error('not within five minutes')
    await new Promise(resolve => setTimeout(resolve, 50))
  }
  return round((performance.now() - startMs) / 1_000, 1)
}

const statsOf = async (server: Server) => (await server.get('/v1/stats')) as Stats

/** All partitions are open and the page says so: every baseline is there. */
async function isBack(server: Server): Promise<boolean> {
  const ready = await fetch(`${server.url}/readyz`)
  if (ready.status !== 200) return false
  const { streams } = await statsOf(server)
  const open = streams.filter(({ source, watermark }) => source === topic && watermark >= 0)
  return open.length === partitions
}

async function storedIn(server: Server): Promise<number> {
  const answer = await fetch(`${server.url}/metrics`, {
    headers: { authorization: `Bearer ${server.key}` },
  })
  const lines = (await answer.text()).matchAll(/^tokenwatch_events_stored_total\S* (\d+)$/gm)
  return [...lines].reduce((sum, [, count]) => sum + Number(count), 0)
}

const kafka = await startTestKafka()
try {
  await loadTopic({ brokers: kafka.brokers, topic, partitions, codec: 'none', records: calls() })
  const dataDir = aFolder()
  const start = () =>
    startServer({
      dataDir,
      nodeArguments: buildProgram(),
      environment: {
        KAFKA_BROKERS: kafka.brokers.join(','),
        KAFKA_TOPICS: topic,
        TOKENWATCH_INGEST_DRAIN_MS: String(drainMs),
        TOKENWATCH_INGEST_KAFKA_SESSION_TIMEOUT_MS: '6000',
        TOKENWATCH_INGEST_KAFKA_HEARTBEAT_MS: '1000',
      },
    })
  let server = await start()
  await secondsUntil(performance.now(), async () => (await storedIn(server)) >= records)
  const known = (await statsOf(server)).tokens
  print(`${known} tokens learned`)

  const stopMs = performance.now()
  server.process.kill('SIGTERM')
  await server.ended
  const stopSeconds = round((performance.now() - stopMs) / 1_000, 1)
  let startMs = performance.now()
  server = await start()
  const listenSeconds = round((performance.now() - startMs) / 1_000, 1)
  const readySeconds = await secondsUntil(startMs, () => isBack(server))
  const back = (await statsOf(server)).tokens
  print(
    `stopped in ${stopSeconds} s; answers after ${listenSeconds} s, ${back} tokens ready after ${readySeconds} s`,
  )

  server.process.kill('SIGKILL')
  await server.ended
  startMs = performance.now()
  server = await start()
  const afterKillSeconds = await secondsUntil(startMs, () => isBack(server))
  print(`after SIGKILL: ready after ${afterKillSeconds} s, the group's session of 6 s included`)
  const results = {
    tokens: known,
    tokensBack: back,
    records,
    partitions,
    drainMs,
    stopSeconds,
    listenSeconds,
    readySeconds,
    afterKillSeconds,
  }
  server.process.kill('SIGTERM')
  await server.ended
  report({ bench: 'restart', seed, results })
} finally {
  stopPrograms()
  await kafka.stop()
  removeFolders()
}
