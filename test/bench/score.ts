/**
 * Events per second of the scoring core alone, by processor time on one core, and bytes per token.
 *   npx tsx test/bench/score.ts [tokens] [days]
 */
import { execFileSync } from 'node:child_process'
import { cpus } from 'node:os'
import { scorerVersion } from '../../src/score/scorer-version.ts'
import {
  anEvent,
  aScorer,
  dayOfTraffic,
  inTimeOrder,
  startMs,
  tokenNamed,
  usualUsage,
} from '../support/traffic.ts'

const tokens = Number(process.argv[2] ?? 500)
const days = Number(process.argv[3] ?? 6)
const seed = 1
const print = (text: string) => process.stdout.write(`${text}\n`)

/** Every third token roams over fresh prefixes, every fifth walks objects. */
function usageOf(number: number) {
  return {
    ...usualUsage,
    calls: 20,
    ips: [`198.51.100.${number % 250}`, `203.0.113.${number % 250}`],
    freshPrefixes: number % 3 === 0 ? 8 : 0,
    objects: number % 5 === 0 ? 200 : 0,
    routes: ['/v1/orders', '/v1/customers', '/v1/items', '/v1/invoices', '/v1/users'],
  }
}

function throughput(): { events: number; perSecond: number; nsPerEvent: number } {
  const { scorer } = aScorer()
  let events = 0
  let microseconds = 0
  for (let day = 0; day < days; day++) {
    const traffic = inTimeOrder(
      Array.from({ length: tokens }, (_, i) =>
        dayOfTraffic(day, usageOf(i + seed), { number: i + seed, tenant: `tenant-${i % 12}` }),
      ).flat(),
    )
    const start = process.cpuUsage()
    for (const event of traffic) scorer.observe(event)
    // The first day warms the engine up and is not counted.
    if (day === 0) continue
    microseconds += process.cpuUsage(start).user
    events += traffic.length
  }
  const perSecond = Math.round(events / (microseconds / 1e6))
  return { events, perSecond, nsPerEvent: Math.round((1000 * microseconds) / events) }
}

/** In slabs and index; the calibrators of the whole population add 4 MB. */
function bytesPerToken(count: number): number {
  const { scorer } = aScorer()
  for (let i = 0; i < count; i++) scorer.observe(anEvent({ ts: startMs + i, token: tokenNamed(i) }))
  return Math.round(scorer.stats().bytes / count)
}

const speed = throughput()
print(
  `${tokens} tokens, ${speed.events} events: ${speed.perSecond} events/s, ${speed.nsPerEvent} ns each`,
)
const memory = [10_000, 100_000].map(count => ({ tokens: count, bytes: bytesPerToken(count) }))
for (const { tokens: count, bytes } of memory) print(`${count} tokens: ${bytes} bytes each`)

const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim()
const result = {
  bench: 'score',
  commit,
  machine: `${cpus().length} x ${cpus()[0]?.model ?? 'unknown'}`,
  versions: { node: process.version, scorer: scorerVersion },
  seed,
  results: { ...speed, memory },
}
print(JSON.stringify(result))
