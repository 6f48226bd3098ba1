/**
 * Rows per second into the embedded store with all rollups, one stream, and the cost of encoding alone.
 *   npx tsx test/bench/insert.ts [rows per batch] [batches]
 */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { cpus, totalmem } from 'node:os'
import { eventColumns } from '../../src/store/event-columns.ts'
import { openEventStream } from '../../src/store/event-stream.ts'
import { createNativeEncoder } from '../../src/store/native/native-encoder.ts'
import { selectRows } from '../../src/store/rows.ts'
import { startTestStore } from '../support/clickhouse.ts'
import { appendEvents, eventsOf } from '../support/stored-events.ts'

const rowsPerBatch = Number(process.argv[2] ?? 50_000)
const batches = Number(process.argv[3] ?? 6)
/** As in a fleet of some size: most rows of a batch are of different tokens. */
const TOKENS = 100_000
const stream = { source: 'bench.insert', partition: 0 }
const print = (text: string) => process.stdout.write(`${text}\n`)
const round = (value: number, digits = 0) => Number(value.toFixed(digits))

/** CPU seconds of the server process; undefined where there is no /proc. Disturbed less by load than rates. */
function serverCpuSeconds(pid: number): number | undefined {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? []
    const ticksPerSecond = 100
    return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond
  } catch {
    return undefined
  }
}

const db = await startTestStore({ fsync: true })
try {
  const writer = await openEventStream(db.store, stream)
  const encoder = createNativeEncoder(eventColumns)
  const rates: number[] = []
  const encodings: number[] = []
  let bytes = 0
  let appendCpuMicroseconds = 0
  let startCpuSeconds: number | undefined
  const pid = db.store.embedded?.pid ?? 0
  // The first batch warms the code up and is not counted.
  for (let batch = 0; batch <= batches; batch++) {
    const events = eventsOf(stream, batch * rowsPerBatch, (batch + 1) * rowsPerBatch, TOKENS)
    const encodeMs = performance.now()
    bytes = 0
    for await (const block of encoder.slices(events)) bytes += block.length
    const startCpu = process.cpuUsage()
    const startMs = performance.now()
    await appendEvents(writer, events)
    const endMs = performance.now()
    const { user, system } = process.cpuUsage(startCpu)
    if (batch === 0) {
      startCpuSeconds = serverCpuSeconds(pid)
      continue
    }
    appendCpuMicroseconds += user + system
    encodings.push(((startMs - encodeMs) * 1_000) / rowsPerBatch)
    rates.push((rowsPerBatch * 1_000) / (endMs - startMs))
    print(`batch ${batch}: ${round(rates.at(-1) ?? 0)} rows/s`)
  }
  const endCpuSeconds = serverCpuSeconds(pid)
  const serverMicroseconds =
    startCpuSeconds === undefined || endCpuSeconds === undefined
      ? undefined
      : ((endCpuSeconds - startCpuSeconds) * 1e6) / (batches * rowsPerBatch)
  const [stored] = await selectRows<{ rows: number }>(
    db.store,
    "SELECT count() AS rows FROM access_events WHERE source = 'bench.insert'",
  )
  const [engine] = await selectRows<{ version: string }>(db.store, 'SELECT version() AS version')
  const packageJson = readFileSync(new URL('../../package.json', import.meta.url), 'utf8')
  const { version } = JSON.parse(packageJson) as { version: string }
  print(
    JSON.stringify({
      bench: 'insert',
      commit: execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim(),
      machine: { cpu: cpus()[0]?.model, cores: cpus().length, memoryBytes: totalmem() },
      versions: { node: process.version, tokenwatch: version, clickhouse: engine?.version },
      seed: 0,
      results: {
        rowsPerBatch,
        batches,
        tokens: TOKENS,
        rowsStored: stored?.rows,
        rowsPerSecondMedian: round(rates.sort((a, b) => a - b)[Math.floor(rates.length / 2)] ?? 0),
        rowsPerSecondBest: round(Math.max(...rates)),
        encodeMicrosecondsPerRowBest: round(Math.min(...encodings), 2),
        nodeCpuMicrosecondsPerRow: round(appendCpuMicroseconds / (batches * rowsPerBatch), 2),
        serverCpuMicrosecondsPerRow:
          serverMicroseconds === undefined ? undefined : round(serverMicroseconds, 2),
        wireBytesPerRow: round(bytes / rowsPerBatch),
      },
    }),
  )
} finally {
  await db.close()
}
