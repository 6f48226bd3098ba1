/**
 * Memory of baselines at 10,000 and 100,000 tokens: the scorer's own count and what the process grows by,
 * and how long a whole snapshot takes to take, save and load on a real store.
 *   npx tsx --expose-gc test/bench/memory.ts [--tokens N]
 */
import { Value } from 'typebox/value'
import type { Fingerprint } from '../../src/domain/access-event.ts'
import { createScorer } from '../../src/score/scorer.ts'
import { ScoreSettings } from '../../src/score/settings.ts'
import { createTokenBaselinesTable } from '../../src/store/token-baselines.ts'
import { startTestStore } from '../support/clickhouse.ts'
import { eventsOf } from '../support/stored-events.ts'
import { numberOption, print, report, round } from './report.ts'

const largest = numberOption('tokens', 100_000)
const seed = 1
const stream = { source: 'bench.memory', partition: 0 }
const EVENTS_PER_TOKEN = 4
const CHUNK = 50_000

function fill(tokens: number) {
  globalThis.gc?.()
  const before = process.memoryUsage().rss
  const settings = Value.Default(ScoreSettings, {}) as ScoreSettings
  const scorer = createScorer({ settings, onFinding: () => undefined })
  const total = tokens * EVENTS_PER_TOKEN
  for (let at = 0; at < total; at += CHUNK) {
    const end = Math.min(total, at + CHUNK)
    for (const event of eventsOf(stream, at, end, tokens)) {
      const token = (event.offset % tokens).toString(16).padStart(32, 'a') as Fingerprint
      scorer.observe({ ...event, token, status: 200, authOutcome: 'ok' })
    }
  }
  globalThis.gc?.()
  const grownBytes = process.memoryUsage().rss - before
  const stats = scorer.stats()
  const result = {
    tokens: stats.tokens,
    stateBytesPerToken: round(stats.bytes / stats.tokens),
    processMib: round(process.memoryUsage().rss / 1_048_576),
    grownBytesPerToken: round(grownBytes / stats.tokens),
  }
  print(
    `${result.tokens} tokens: ${result.stateBytesPerToken} B each in slabs, process ${result.processMib} MiB`,
  )
  return { scorer, result }
}

const seconds = async (work: () => Promise<unknown>) => {
  const startMs = performance.now()
  await work()
  return round((performance.now() - startMs) / 1_000, 2)
}

const small = fill(Math.round(largest / 10)).result
const large = fill(largest)
const db = await startTestStore()
try {
  const table = createTokenBaselinesTable(db.store)
  let snapshot = { ...large.scorer.snapshot({ all: true }), stream, offset: 1 }
  const takeSeconds = await seconds(async () => {
    snapshot = { ...large.scorer.snapshot({ all: true }), stream, offset: 1 }
    await Promise.resolve()
  })
  const saveSeconds = await seconds(() => table.save(snapshot))
  const loadSeconds = await seconds(() => table.load(stream))
  print(
    `snapshot: taken in ${takeSeconds} s, saved in ${saveSeconds} s, loaded in ${loadSeconds} s`,
  )
  report({
    bench: 'memory',
    seed,
    results: { small, large: large.result, snapshot: { takeSeconds, saveSeconds, loadSeconds } },
  })
} finally {
  await db.close()
}
