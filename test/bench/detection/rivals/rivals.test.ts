import { expect, test } from 'vitest'
import type { AccessEvent } from '../../../../src/domain/access-event.ts'
import { anEvent, dayMs, hourMs, startMs, tokenNamed } from '../../../support/traffic.ts'
import { createFirstSeen } from './first-seen.ts'
import { createHourlyZScore } from './hourly-z-score.ts'
import { createIsolationForest } from './isolation-forest.ts'
import type { Rival } from './rival.ts'

/** Three or four calls an hour by each of forty tokens, for two weeks. */
const usual = Array.from({ length: 14 * 24 }, (_, hour) =>
  Array.from({ length: 40 }, (_, number) =>
    Array.from({ length: 3 + ((hour + number) % 2) }, (_, i) =>
      anEvent({ ts: startMs + hour * hourMs + i * 60_000, token: tokenNamed(number) }),
    ),
  ).flat(),
).flat()
const lateMs = startMs + 14 * dayMs

function alertsOf(rival: Rival, extra: readonly AccessEvent[]) {
  for (const event of [...usual, ...extra]) rival.observe(event)
  rival.flush()
  return rival.alerts.filter(({ tsMs }) => tsMs >= lateMs)
}

test('usual traffic alerts nobody', () => {
  for (const create of [createFirstSeen, createHourlyZScore]) {
    expect(alertsOf(create(), [])).toEqual([])
  }
})

test('first-seen alerts at once on a new country, higher than on a new route', () => {
  const calls = [{ country: 'BR' }, { route: '/v1/never' }].map((change, i) =>
    anEvent({ ts: lateMs + i, token: tokenNamed(1), ...change }),
  )
  const [country, route] = alertsOf(createFirstSeen(), calls)
  expect(country).toMatchObject({ token: tokenNamed(1), tsMs: lateMs })
  expect(country?.score).toBeGreaterThan(route?.score ?? 0)
})

test('the hourly z-score alerts on an hour of many calls, when it is over', () => {
  const burst = Array.from({ length: 90 }, (_, i) =>
    anEvent({ ts: lateMs + i * 1_000, token: tokenNamed(1) }),
  )
  const alerts = alertsOf(createHourlyZScore(), burst)
  expect(alerts).toHaveLength(1)
  expect(alerts[0]?.token).toBe(tokenNamed(1))
})

test('the isolation forest ranks a theft from everywhere above usual hours', () => {
  const theft = Array.from({ length: 60 }, (_, i) =>
    anEvent({
      ts: lateMs + i * 1_000,
      token: tokenNamed(1),
      ip: `203.0.113.${i}`,
      prefix: `203.0.${i}.0/24`,
      asn: 64496 + (i % 5),
      country: 'BR',
      client: 'curl/8',
      status: 403,
      authOutcome: 'denied',
    }),
  )
  const alerts = alertsOf(createIsolationForest(), theft)
  const highest = alerts.reduce((best, alert) => (alert.score > best.score ? alert : best))
  expect(highest.token).toBe(tokenNamed(1))
})
