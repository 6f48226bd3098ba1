import { describe, expect, test } from 'vitest'
import type { AccessEvent } from '../../src/domain/access-event.ts'
import type { Finding } from '../../src/domain/finding.ts'
import type { ScorerSnapshot } from '../../src/domain/token-baseline.ts'
import {
  anEvent,
  aScorer,
  dayMs,
  dayOfTraffic,
  hourMs,
  inTimeOrder,
  startMs,
  tokenNamed,
  type Usage,
  usualUsage,
} from '../support/traffic.ts'

const tokens = 40

/** `days` of forty tokens with usual use, but what `usageOf` says otherwise. */
function historyOf(
  days: number,
  usageOf: (token: number, day: number) => Partial<Usage> | undefined = () => ({}),
  firstDay = 0,
): AccessEvent[] {
  const events: AccessEvent[] = []
  for (let day = firstDay; day < firstDay + days; day++) {
    for (let number = 1; number <= tokens; number++) {
      const changes = usageOf(number, day)
      if (changes === undefined) continue
      // Each has its own address in one prefix: they are peers.
      const ips = [`198.51.100.${number}`]
      events.push(...dayOfTraffic(day, { ...usualUsage, ips, ...changes }, { number }))
    }
  }
  return inTimeOrder(events)
}

function observed(events: readonly AccessEvent[], changes = {}) {
  const { scorer, findings } = aScorer(changes)
  for (const event of events) scorer.observe(event)
  return { scorer, findings }
}

const alertsOf = (findings: readonly Finding[], number: number) =>
  findings.filter(({ token, isAlert }) => isAlert && token === tokenNamed(number))

const theft = (number: number, day: number, changes: Partial<Usage> = {}) =>
  dayOfTraffic(
    day,
    {
      ...usualUsage,
      hours: [12, 14],
      calls: 15,
      ips: ['203.0.113.9'],
      asns: [64510],
      countries: ['VN'],
      clients: ['curl/8'],
      ...changes,
    },
    { number },
  )

describe('a stolen token', () => {
  const { findings } = observed(inTimeOrder([...historyOf(16), ...theft(3, 15)]))

  test('is an alert within its first calls, and nobody else is', () => {
    const [alert] = alertsOf(findings, 3)
    expect(alert?.ts).toBeLessThan(startMs + 15 * dayMs + 12 * hourMs + 10 * 60_000)
    expect(findings.filter(({ isAlert }) => isAlert).map(({ token }) => token)).toEqual(
      alertsOf(findings, 3).map(({ token }) => token),
    )
  })

  test('is explained by what was new, with values and rarity', () => {
    const evidence = alertsOf(findings, 3)[0]?.evidence ?? []
    const country = evidence.find(({ detector }) => detector.endsWith('-country'))
    expect(country?.values).toEqual(['VN'])
    expect(country?.text).toMatch(/^expected .* today, saw 1: VN; once in about [\d,]+ token-days$/)
    expect(evidence.map(({ detector }) => detector)).toContain('foreign-country')
  })

  test('has contributions that sum to its surprise, and the call that raised it', () => {
    for (const { evidence, surprise, trigger } of alertsOf(findings, 3)) {
      const sum = evidence.reduce((total, { contribution }) => total + contribution, 0)
      expect(sum).toBeCloseTo(surprise, 6)
      expect(trigger).toMatchObject({ asn: 64510, country: 'VN', client: 'curl/8' })
    }
  })
})

test('a mobile token that meets its 400th address is no alert', () => {
  const mobile: Partial<Usage> = { freshPrefixes: 20, clients: ['okhttp/4'] }
  const { findings } = observed(historyOf(16, number => (number <= 4 ? mobile : {})))
  expect(findings.filter(({ isAlert }) => isAlert)).toEqual([])
})

test('one storm of retries alone is no alert', () => {
  const storm = dayOfTraffic(
    15,
    { ...usualUsage, hours: [11, 12], calls: 100, statuses: [401], ips: ['198.51.100.5'] },
    { number: 5 },
  )
  const { findings } = observed(inTimeOrder([...historyOf(16), ...storm]))
  expect(alertsOf(findings, 5)).toEqual([])
})

test.each([
  ['a spike of requests', { hours: [9, 17], calls: 900 }, 'requests-per-'],
  ['work in hours in which the token never works', { hours: [1, 4], calls: 60 }, 'cold-hours'],
  [
    'probing of endpoints that refuse it',
    {
      hours: [12, 13],
      calls: 30,
      statuses: [403],
      routes: Array.from({ length: 12 }, (_, i) => `/admin/${i}`),
    },
    'probing',
  ],
] as const)('%s is found', (_, changes, detector) => {
  const attack = dayOfTraffic(
    15,
    { ...usualUsage, ips: ['198.51.100.3'], ...changes },
    { number: 3 },
  )
  const { findings } = observed(inTimeOrder([...historyOf(16), ...attack]), {
    alertBudgetPer1000TokenDays: 10,
  })
  const found = alertsOf(findings, 3).flatMap(finding => finding.detectors)
  expect(found.some(id => id.startsWith(detector))).toBe(true)
})

describe('a snapshot in the middle of the stream', () => {
  const events = inTimeOrder([
    ...historyOf(16, number => (number === 4 ? { freshPrefixes: 3 } : {})),
    ...theft(3, 14),
    ...theft(6, 14),
    ...theft(7, 14),
    ...Array.from({ length: 9 }, (_, i) =>
      anEvent({
        ts: startMs + 14 * dayMs + 12 * hourMs + i * 60_000,
        token: tokenNamed(500 + i),
        ip: '203.0.113.9',
        prefix: '203.0.113.0/24',
        status: 401,
        authOutcome: 'failed',
      }),
    ),
  ])
  const whole = observed(events, { findingsFloor: 1 })
  whole.scorer.flush()

  test('the stream has something to say', () => {
    expect(whole.findings.length).toBeGreaterThan(10)
    expect(whole.findings.flatMap(({ detectors }) => detectors)).toContain('refused-source')
  })

  test.each([0.3, 0.87, 0.9, 0.905, 0.91])(
    'at %d of it, findings are those of the unsplit run',
    share => {
      const split = Math.floor(share * events.length)
      const first = observed(events.slice(0, split), { findingsFloor: 1 })
      const snapshot = first.scorer.snapshot({ all: true })
      const second = aScorer({ findingsFloor: 1 })
      // The store hands rows back in its own order.
      const tokensByName = snapshot.tokens.toSorted((a, b) =>
        String(a['token']) < String(b['token']) ? -1 : 1,
      )
      second.scorer.restore({ ...snapshot, tokens: tokensByName })
      for (const event of events.slice(split)) second.scorer.observe(event)
      second.scorer.flush()
      expect([...first.findings, ...second.findings]).toEqual(whole.findings)
    },
  )

  test('holds only what has changed since the one before', () => {
    const { scorer } = observed(events.slice(0, 2000))
    const names = ({ tokens: rows }: ScorerSnapshot) => rows.map(({ token }) => token)
    expect(names(scorer.snapshot())).toHaveLength(tokens)
    expect(names(scorer.snapshot())).toEqual([])
    const { ts } = events[1_999] ?? anEvent({})
    scorer.observe(anEvent({ ts, token: tokenNamed(2) }))
    expect(names(scorer.snapshot())).toEqual([tokenNamed(2)])
  })
})

test('midnight and the grace end the day of every token, by the time of the stream', () => {
  const { scorer } = observed(historyOf(3))
  const days = scorer.stats().tokenDays
  const midnight = startMs + 3 * dayMs
  scorer.observe(anEvent({ ts: midnight + 9 * 60_000, token: tokenNamed(1) }))
  expect(scorer.stats().tokenDays).toBe(days + 1) // its own
  scorer.observe(anEvent({ ts: midnight + 11 * 60_000, token: tokenNamed(1) }))
  expect(scorer.stats().tokenDays).toBe(days + tokens)
})

describe('time', () => {
  const late = (minutes: number, count: number, changes: Partial<AccessEvent> = {}) =>
    Array.from({ length: count }, (_, i) =>
      anEvent({
        ts: startMs + 15 * dayMs + 17 * hourMs - minutes * 60_000 + i,
        token: tokenNamed(3),
        ip: '198.51.100.3',
        ...changes,
      }),
    )

  test('a shipper that catches up is no spike, and theft in a delayed log is theft', () => {
    const { scorer, findings } = observed(historyOf(16))
    for (const event of late(120, 2000)) scorer.observe(event)
    const before = scorer.baselineOf(tokenNamed(3))?.today.detectors['requests-per-minute'] ?? 0
    expect(before).toBeLessThan(3)
    const stolen = {
      ip: '203.0.113.9',
      prefix: '203.0.113.0/24',
      asn: 64510,
      country: 'VN',
      client: 'curl/8',
    }
    for (const event of late(120, 20, stolen)) scorer.observe(event)
    expect(findings.filter(({ token }) => token === tokenNamed(3)).length).toBeGreaterThan(0)
  })

  test('an event of a closed day counts for what is new only', () => {
    const { scorer } = observed(historyOf(16))
    const before = scorer.baselineOf(tokenNamed(3))?.today.requests
    scorer.observe(anEvent({ ts: startMs + 3 * dayMs, token: tokenNamed(3), country: 'FR' }))
    expect(scorer.baselineOf(tokenNamed(3))?.today.requests).toBe(before)
  })
})

test('a refused unknown token gets no state; 10,000 of them cost none', () => {
  const { scorer } = aScorer()
  for (let i = 0; i < 10_000; i++) {
    scorer.observe(anEvent({ token: tokenNamed(i), status: 401, authOutcome: 'failed' }))
  }
  expect(scorer.stats()).toMatchObject({ tokens: 0, bytes: 0 })
})

describe('more tokens than may be kept', () => {
  const flood = Array.from({ length: 1_000 }, (_, i) =>
    anEvent({ ts: startMs + 4 * dayMs, token: tokenNamed(1_000 + i) }),
  )

  test('a flood of new ones evicts itself, and not those with a past', () => {
    const { scorer } = observed([...historyOf(4), ...flood], { tokensMax: 200 })
    expect(scorer.stats().tokens).toBeLessThanOrEqual(200)
    for (let number = 1; number <= tokens; number++) {
      expect(scorer.baselineOf(tokenNamed(number))?.activeDays).toBe(4)
    }
    expect(scorer.baselineOf(tokenNamed(1_999))).toBeDefined()
  })

  test('what is snapshot without a limit is restored within one', () => {
    const { scorer } = observed([...historyOf(4), ...flood])
    const small = aScorer({ tokensMax: 100 }).scorer
    small.restore(scorer.snapshot())
    expect(small.stats().tokens).toBeLessThanOrEqual(100)
    expect(small.baselineOf(tokenNamed(1))?.activeDays).toBe(4)
  })
})

test('what is learned does not depend on the alert budget', () => {
  const events = inTimeOrder([...historyOf(12), ...theft(3, 10)])
  const views = [0.1, 50].map(alertBudgetPer1000TokenDays =>
    observed(events, { alertBudgetPer1000TokenDays }).scorer.baselineOf(tokenNamed(3)),
  )
  expect(views[0]).toEqual(views[1])
})

test('weeks in which a token is refused all day teach nothing of how much it does', () => {
  const served = historyOf(16)
  const refused = Array.from({ length: 14 }, (_, day) =>
    dayOfTraffic(
      16 + day,
      { ...usualUsage, statuses: [401], ips: ['198.51.100.5'] },
      { number: 5 },
    ),
  ).flat()
  const typicalAfter = (events: readonly AccessEvent[]) => {
    const { scorer } = aScorer()
    for (const event of inTimeOrder(events)) scorer.observe(event)
    scorer.flush()
    return scorer.baselineOf(tokenNamed(5))?.requestsPerDay.typical ?? Number.NaN
  }
  expect(typicalAfter([...served, ...refused])).toBeGreaterThan(0.9 * typicalAfter(served))
})

test('no cost and no number of model tokens that a log can tell stops the scorer', () => {
  const { scorer } = aScorer()
  for (let day = 0; day < 6; day++) {
    const ts = startMs + day * dayMs
    for (const costUsd of [0, Number.MIN_VALUE, 1e308, Number.MAX_VALUE]) {
      const llmTokensIn = Number.MAX_SAFE_INTEGER
      scorer.observe(anEvent({ ts, model: 'm', costUsd, llmTokensIn, llmTokensOut: llmTokensIn }))
    }
  }
  scorer.flush()
  expect(scorer.baselineOf(tokenNamed(1))?.today.surprise).toBeLessThan(Number.POSITIVE_INFINITY)
})
