/**
 * Time from a record's bytes to its event, per format, with warm caches as in a running process.
 * Run: npx tsx test/bench/normalize.ts
 */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { join } from 'node:path'

import { formats } from '../../src/normalize/formats/index.ts'
import { aNormalizer, receivedMs } from '../support/normalize.ts'

const roundCount = 7
const recordsPerRound = 30_000
const fixtures = join(import.meta.dirname, '../fixtures/formats')

/** Records that become events: rejects have a cost of their own. */
function recordsOf(id: string): Buffer[] {
  const lines = readFileSync(join(fixtures, id, 'records.jsonl'), 'utf8')
    .trim()
    .split('\n')
  return lines
    .filter(line =>
      aNormalizer()
        .run(line)
        .every(result => !('reason' in result)),
    )
    .map(line => Buffer.from(line))
}

function microsecondsPerRecord(run: (round: number) => void): number[] {
  return Array.from({ length: roundCount }, (_, round) => {
    const before = process.cpuUsage()
    run(round)
    const { user, system } = process.cpuUsage(before)
    return (user + system) / recordsPerRound
  }).toSorted((a, b) => a - b)
}

const round2 = (value: number) => Math.round(value * 100) / 100

function measure(id: string) {
  const records = recordsOf(id)
  const normalizer = aNormalizer({ trustedProxies: ['192.0.2.10'] })
  let events = 0
  const sink = { event: () => (events += 1), reject: () => undefined }
  const all = microsecondsPerRecord(round => {
    for (let i = 0; i < recordsPerRound; i += 1) {
      const content = records[i % records.length] ?? Buffer.alloc(0)
      normalizer.normalize(
        { source: id, partition: 0, offset: round * recordsPerRound + i, receivedMs, content },
        sink,
      )
    }
  })
  const parse = microsecondsPerRecord(() => {
    for (let i = 0; i < recordsPerRound; i += 1) {
      JSON.parse((records[i % records.length] ?? Buffer.alloc(0)).toString())
    }
  })
  const bytes = records.reduce((sum, { length }) => sum + length, 0) / records.length
  const median = (values: number[]) => round2(values[roundCount >> 1] ?? 0)
  return {
    microseconds: median(all),
    spread: [round2(all[0] ?? 0), round2(all.at(-1) ?? 0)],
    ofWhichJsonParse: median(parse),
    bytesPerRecord: Math.round(bytes),
    events,
  }
}

const results: Record<string, ReturnType<typeof measure>> = {}
for (const { id } of formats) {
  const result = measure(id)
  results[id] = result
  const { microseconds, ofWhichJsonParse, bytesPerRecord } = result
  process.stdout.write(
    `${id.padEnd(16)} ${microseconds} us a record (JSON.parse alone ${ofWhichJsonParse} us, ${bytesPerRecord} bytes)\n`,
  )
}
const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim()
const machine = `${cpus().length} x ${cpus()[0]?.model ?? 'unknown'}`
const versions = { node: process.version }
process.stdout.write(
  `${JSON.stringify({ bench: 'normalize', commit, machine, versions, seed: 0, results })}\n`,
)
