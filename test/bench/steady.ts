/**
 * Latency and memory under a steady load from Kafka: Kong records of now at a fixed rate, and among them a use of
 * a honeytoken every few seconds. Measured is from before the probe is sent to Kafka to the webhook received,
 * and, by the program's own metric, from the event's time to its finding; and how memory, lag and buffers go.
 *   npm run bench -- steady [--rate 20000] [--seconds 120] [--tokens 12000] [--partitions 6]
 *
 * A quarter of the time, at most a minute, warms up and is not counted. Fifteen minutes of it are a soak:
 *   npm run bench -- steady --seconds 900
 *
 * All tokens call far more often than in any past, at once: that is no world, it is a load.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Kafka, logLevel } from 'kafkajs'
import { createWorld } from '../../src/simulate/world.ts'
import { startTestKafka } from '../support/kafka.ts'
import { aFolder, removeFolders, stopPrograms } from '../support/program.ts'
import { startHttpReceiver } from '../support/receivers.ts'
import { type BenchServer, startBenchServer } from './bench-server.ts'
import { kongKinds } from './kong-kinds.ts'
import { startProducer } from './load-topic.ts'
import { residentMib } from './process-usage.ts'
import { numberOption, print, quantile, report, round } from './report.ts'

const rate = numberOption('rate', 20_000)
const seconds = numberOption('seconds', 120, 20)
const tokens = numberOption('tokens', 12_000)
const partitions = numberOption('partitions', 6)
const seed = 1
const topic = 'bench.steady'
const warmUpSeconds = Math.min(60, seconds / 4)
const DAY_MS = 86_400_000
const LINES = 100_000
const TICK_MS = 50
const SAMPLE_MS = 10_000
const PROBE_MS = 2_000
const WAIT_MS = 10_000
const probes = Math.ceil((seconds * 1_000) / PROBE_MS)

process.env['KAFKA_JVM_OPTS'] ??= '-Xms1g -Xmx1g'

/** A record with a gap where its time belongs. */
interface Template {
  readonly key: string
  readonly before: string
  readonly after: string
}

function templates(): readonly Template[] {
  const render = kongKinds['lean']
  if (render === undefined) throw new RangeError('no such kind of record')
  const days = 1 + LINES / (tokens * 100)
  const world = createWorld({
    seed,
    tokens,
    days,
    startMs: Date.now() - days * DAY_MS,
    attacks: [],
  })
  const made: Template[] = []
  for (const call of world.events()) {
    if (made.length === LINES) break
    const [before = '', after = ''] = render(call).split(String(call.tsMs))
    made.push({ key: call.token, before, after })
  }
  return made
}

/** Feeds the topic at the rate; resolves to the number of records when the time is over. */
async function feed(
  lines: readonly Template[],
  write: (text: string) => Promise<void>,
  endMs: number,
) {
  const startMs = performance.now()
  let sent = 0
  for (let nowMs = startMs; nowMs < endMs; nowMs = performance.now()) {
    const due = Math.floor(((nowMs - startMs) * rate) / 1_000)
    const time = String(Date.now())
    let text = ''
    for (; sent < due; sent += 1) {
      const line = lines[sent % lines.length]
      if (line !== undefined) text += `${line.key}\t${line.before}${time}${line.after}\n`
    }
    if (text !== '') await write(text)
    await new Promise(resolve => setTimeout(resolve, TICK_MS))
  }
  return sent
}

const honeytoken = (number: number) => `honey-${String(number).padStart(6, '0')}`

function probe(number: number, like: Template): string {
  const record = JSON.parse(`${like.before}${Date.now()}${like.after}`)
  record.request.id = `probe-${number}`
  // Without the key: each is a token of its own.
  record.request.headers = { host: record.request.headers.host }
  record.authenticated_entity = { id: honeytoken(number) }
  return JSON.stringify(record)
}

/** From before it is sent to Kafka until the webhook has it; undefined for never. */
async function probeDelays(
  brokers: readonly string[],
  like: Template,
  told: (text: string) => boolean,
  endMs: number,
) {
  const producer = new Kafka({ brokers: [...brokers], logLevel: logLevel.NOTHING }).producer()
  await producer.connect()
  const delays: (number | undefined)[] = []
  const watch = async (number: number, startMs: number) => {
    while (!told(honeytoken(number)) && performance.now() - startMs < WAIT_MS) {
      await new Promise(resolve => setTimeout(resolve, 5))
    }
    delays[number] = told(honeytoken(number)) ? performance.now() - startMs : undefined
  }
  const watched: Promise<void>[] = []
  for (let number = 0; number < probes && performance.now() < endMs - WAIT_MS; number++) {
    const startMs = performance.now()
    await producer.send({
      topic,
      messages: [{ key: honeytoken(number), value: probe(number, like) }],
    })
    watched.push(watch(number, startMs))
    await new Promise(resolve => setTimeout(resolve, PROBE_MS))
  }
  await Promise.all(watched)
  await producer.disconnect()
  return delays
}

async function metricsOf(server: BenchServer) {
  const answer = await fetch(`${server.url}/metrics`, {
    headers: { authorization: `Bearer ${server.key}` },
  })
  const text = await answer.text()
  const sum = (name: string) =>
    [...text.matchAll(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)$`, 'gm'))].reduce(
      (total, [, value]) => total + Number(value),
      0,
    )
  /** Alerts so far that reached this within so many seconds, by the program's own histogram. */
  const within = (reached: string) =>
    Object.fromEntries(
      [
        ...text.matchAll(
          new RegExp(
            `^tokenwatch_alert_delay_seconds_bucket\\{le="([^"]+)",reached="${reached}"\\} (\\d+)$`,
            'gm',
          ),
        ),
      ].map(([, seconds = '', count]) => [seconds, Number(count)]),
    )
  return {
    raisedWithinSeconds: within('raised'),
    deliveredWithinSeconds: within('delivered'),
    stored: sum('tokenwatch_events_stored_total'),
    lag: sum('tokenwatch_consumer_lag_records'),
    buffered: sum('tokenwatch_buffered_events'),
    findings: sum('tokenwatch_findings_total'),
  }
}

/** How the process stands, every ten seconds. */
async function sample(server: BenchServer, endMs: number) {
  const samples: (Awaited<ReturnType<typeof metricsOf>> & {
    nodeMib: number
    clickhouseMib: number
    node: number
    clickhouse: number
    atMs: number
  })[] = []
  while (performance.now() < endMs) {
    const now = {
      ...(await metricsOf(server)),
      nodeMib: server.nodeMib().now,
      clickhouseMib: residentMib(server.clickhousePid).now,
      ...server.cpu(),
      atMs: performance.now(),
    }
    samples.push(now)
    print(
      `${now.stored} stored, lag ${now.lag}, buffered ${now.buffered}, Node ${now.nodeMib} MiB, ClickHouse ${now.clickhouseMib} MiB, ${now.findings} findings`,
    )
    await new Promise(resolve => setTimeout(resolve, SAMPLE_MS))
  }
  return samples
}

const lines = templates()
const [first] = lines
if (first === undefined) throw new RangeError('the world has no calls')
const registryFile = join(aFolder(), 'registry.ndjson')
writeFileSync(
  registryFile,
  Array.from({ length: probes }, (_, number) =>
    JSON.stringify({ credentialId: honeytoken(number), honeytoken: true }),
  ).join('\n'),
)
const kafka = await startTestKafka()
const receiver = await startHttpReceiver()
try {
  const producer = await startProducer({ brokers: kafka.brokers, topic, partitions, codec: 'none' })
  const server = await startBenchServer({
    KAFKA_BROKERS: kafka.brokers.join(','),
    KAFKA_TOPICS: topic,
    TOKENWATCH_IDENTITY_REGISTRY_FILE: registryFile,
    TOKENWATCH_ALERT_CHANNELS_WEBHOOK_URL: receiver.url,
    TOKENWATCH_ALERT_CHANNELS_WEBHOOK_SECRETS: `whsec_${Buffer.alloc(32, 3).toString('base64')}`,
    TOKENWATCH_ALERT_CHANNELS_WEBHOOK_ALLOW_PRIVATE_TARGETS: 'true',
    TOKENWATCH_SCORE_ALERT_BUDGET_PER1000_TOKEN_DAYS: '0.01',
  })
  const told = (text: string) => receiver.received.some(({ body }) => body.includes(text))
  const startMs = performance.now()
  const endMs = startMs + seconds * 1_000
  const [sent, delays, samples] = await Promise.all([
    feed(lines, producer.write, endMs),
    probeDelays(kafka.brokers, first, told, endMs),
    sample(server, endMs),
  ])
  await producer.end()
  const counted = delays.slice(Math.ceil((warmUpSeconds * 1_000) / PROBE_MS))
  const known = counted.filter(delay => delay !== undefined)
  const warm = samples.filter(({ atMs }) => atMs - startMs >= warmUpSeconds * 1_000)
  const [from, to] = [warm.at(0), warm.at(-1)]
  if (from === undefined || to === undefined) throw new Error('too short')
  const events = to.stored - from.stored
  const state = ({ lag, buffered, nodeMib, clickhouseMib }: typeof from) => ({
    lag,
    buffered,
    nodeMib,
    clickhouseMib,
  })
  const results = {
    rate,
    seconds,
    tokens,
    partitions,
    sent,
    storedPerSecond: Math.round((events * 1_000) / (to.atMs - from.atMs)),
    probes: counted.length,
    missed: counted.length - known.length,
    webhookP50Ms: round(quantile(known, 0.5)),
    webhookP99Ms: round(quantile(known, 0.99)),
    webhookMaxMs: round(Math.max(...known)),
    nodeCpuMicrosecondsPerEvent: round(((to.node - from.node) * 1e6) / events, 2),
    clickhouseCpuMicrosecondsPerEvent: round(((to.clickhouse - from.clickhouse) * 1e6) / events, 2),
    lagMax: Math.max(...warm.map(({ lag }) => lag)),
    bufferedMax: Math.max(...warm.map(({ buffered }) => buffered)),
    alertsOfTheWholeRun: {
      raisedWithinSeconds: to.raisedWithinSeconds,
      deliveredWithinSeconds: to.deliveredWithinSeconds,
    },
    afterWarmUp: state(from),
    atTheEnd: state(to),
  }
  print(
    `${results.storedPerSecond} events/s; ${known.length} probes: p50 ${results.webhookP50Ms} ms, p99 ${results.webhookP99Ms} ms, ${results.missed} missed`,
  )
  await server.stop()
  report({ bench: 'steady', seed, results })
} finally {
  stopPrograms()
  await receiver.close()
  await kafka.stop()
  removeFolders()
}
