import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { AccessEvent } from '../../src/domain/access-event.ts'
import type { ScorerSnapshot } from '../../src/domain/token-baseline.ts'
import {
  aScorer,
  dayOfTraffic,
  inTimeOrder,
  tokenNamed,
  type Usage,
  usualUsage,
} from './traffic.ts'

/** A detector's fixture: history in short, one day of it, and how surprising the day must be. */
export interface DetectorFixture {
  readonly why: string
  readonly history: {
    readonly days: number
    /** Tokens of the same tenant with the same use, each from an address of its own. */
    readonly peers: number
    readonly usage: Partial<Usage>
  }
  /** Days without a call before the day that is judged. */
  readonly silentDays: number
  /** Token 1 is the one judged; peers are 2 and up, unknown tokens 900 and up. */
  readonly today: readonly (Partial<Usage> & { readonly token: number })[]
  /** Raw surprise of the detector, nats: at least, at most. */
  readonly surprise: readonly [number, number]
}

const folder = join(import.meta.dirname, '../fixtures/detectors')

export function fixturesOf(detector: string): { name: string; fixture: DetectorFixture }[] {
  return readdirSync(join(folder, detector))
    .filter(name => name.endsWith('.json'))
    .map(name => ({ name, fixture: read(join(folder, detector, name)) }))
}

function read(path: string): DetectorFixture {
  // Fixtures are ours; a field of a wrong type fails the test that reads it.
  const parsed = JSON.parse(readFileSync(path, 'utf8')) as Partial<DetectorFixture>
  const history = { days: 21, peers: 6, usage: {}, ...parsed.history }
  return {
    why: '',
    silentDays: 0,
    surprise: [Number.NaN, Number.NaN],
    ...parsed,
    history,
    today: (parsed.today ?? []).map(usage => ({ ...usage, token: usage.token ?? 1 })),
  }
}

const histories = new Map<string, ScorerSnapshot>()

/** The detectors' raw surprises of token 1 at the end of the day. */
export function surprisesOf(fixture: DetectorFixture): Readonly<Record<string, number>> {
  const { scorer } = aScorer()
  scorer.restore(historyOf(fixture.history))
  const day = fixture.history.days + fixture.silentDays
  const events = fixture.today.flatMap(({ token, ...changes }) =>
    dayOfTraffic(day, { ...usualOf(token, fixture.history.usage), ...changes }, { number: token }),
  )
  for (const event of inTimeOrder(events)) scorer.observe(event)
  return scorer.baselineOf(tokenNamed(1))?.today.detectors ?? {}
}

function usualOf(token: number, usage: Partial<Usage>): Usage {
  return { ...usualUsage, ips: [`198.51.100.${token % 250}`], ...usage }
}

/** Many fixtures share one history: it is learned once. */
function historyOf(history: DetectorFixture['history']): ScorerSnapshot {
  const key = JSON.stringify(history)
  const known = histories.get(key)
  if (known !== undefined) return known
  const { scorer } = aScorer()
  const events: AccessEvent[] = []
  for (let day = 0; day < history.days; day++) {
    for (let token = 1; token <= history.peers + 1; token++) {
      events.push(...dayOfTraffic(day, usualOf(token, history.usage), { number: token }))
    }
  }
  for (const event of inTimeOrder(events)) scorer.observe(event)
  const snapshot = scorer.snapshot({ all: true })
  histories.set(key, snapshot)
  return snapshot
}
