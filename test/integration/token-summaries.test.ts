import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Fingerprint } from '../../src/domain/access-event.ts'
import type { Store } from '../../src/store/store.ts'
import { createTokenSummaries } from '../../src/store/token-summaries.ts'
import { createTrafficTrends } from '../../src/store/traffic-trends.ts'
import { startTestStore, type TestStore } from '../support/clickhouse.ts'
import { fillStore, otherToken, shopToken } from '../support/filled-store.ts'
import { tokenOf } from '../support/records.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const MINUTE_MS = 60_000

let testStore: TestStore
let store: Store
let dayMs: number
beforeAll(async () => {
  testStore = await startTestStore()
  store = testStore.store
  dayMs = await fillStore(store)
})
afterAll(async () => {
  await testStore?.close()
})

const shop = () => ({
  entity: 'token',
  token: shopToken,
  tokenHint: 'sk_live_…',
  credentialId: 'cred-1',
  consumer: 'shop',
  application: 'checkout',
  tenant: 'acme',
  events: 8,
  refused: 1,
  firstTs: dayMs + 9 * HOUR_MS,
  lastTs: dayMs + DAY_MS + 11 * HOUR_MS + 7 * MINUTE_MS,
  risk: 91.25,
  openIncidents: 1,
})
const other = () => ({
  entity: 'token',
  token: otherToken,
  tokenHint: 'pk_test_…',
  credentialId: undefined,
  consumer: undefined,
  application: undefined,
  tenant: 'umbrella',
  events: 1,
  refused: 1,
  firstTs: dayMs + DAY_MS + 9 * HOUR_MS + 30_000,
  lastTs: dayMs + DAY_MS + 9 * HOUR_MS + 30_000,
  risk: 0,
  openIncidents: 0,
})

test('tokens are listed with their traffic and their active incidents', async () => {
  const tokens = createTokenSummaries(store)
  for (const sort of ['risk', 'events', 'lastSeen'] as const) {
    expect(await tokens.list({ sort, limit: 10 })).toEqual([shop(), other()])
  }
  expect(await tokens.list({ sort: 'risk', limit: 1 })).toEqual([shop()])
})

test('a search looks at names, hints and the beginning of the fingerprint, as plain text', async () => {
  const tokens = createTokenSummaries(store)
  const found = async (search: string, tenant?: string) =>
    (await tokens.list({ search, tenant, sort: 'risk', limit: 10 })).map(({ token }) => token)
  expect(await found('SHOP')).toEqual([shopToken])
  expect(await found('pk_test')).toEqual([otherToken])
  expect(await found(otherToken.toUpperCase())).toEqual([otherToken])
  expect(await found(otherToken.slice(5))).toEqual([])
  expect(await found('%')).toEqual([])
  expect(await found("' OR 1 --")).toEqual([])
  expect(await found('', 'umbrella')).toEqual([otherToken])
  expect(await found('shop', 'umbrella')).toEqual([])
})

test('one token is found by its fingerprint', async () => {
  const tokens = createTokenSummaries(store)
  expect(await tokens.get(otherToken)).toEqual(other())
  expect(await tokens.get(tokenOf(99))).toBeUndefined()
})

test('a profile tells networks, endpoints, nodes, hours and days', async () => {
  const usage = await createTokenSummaries(store).profile(shopToken as Fingerprint)

  const first = dayMs + 9 * HOUR_MS
  const stolen = first + DAY_MS + 2 * HOUR_MS
  const home = {
    events: 6,
    refused: 0,
    firstTs: first,
    lastTs: first + DAY_MS + 5 * MINUTE_MS,
  }
  const away = {
    events: 2,
    refused: 1,
    firstTs: stolen + 6 * MINUTE_MS,
    lastTs: stolen + 7 * MINUTE_MS,
  }
  expect(usage.networks).toEqual([
    {
      prefix: '192.0.2.0/24',
      asn: 64_496,
      country: 'NL',
      networkType: 'residential',
      ...home,
    },
    { prefix: '203.0.113.0/24', asn: 64_500, country: 'DE', networkType: 'hosting', ...away },
  ])
  expect(usage.endpoints).toEqual([
    { method: 'GET', route: '/orders/{id}', ...home },
    { method: 'GET', route: '/export', ...away },
  ])
  expect(usage.nodes).toEqual([
    { gateway: 'kong', node: 'kong-1', client: 'okhttp/4', ...home },
    { gateway: 'kong', node: 'kong-2', client: 'curl/8', ...away },
  ])
  expect(usage.daily).toEqual([
    { dayMs, events: 3, refused: 0, bytesOut: 300 },
    { dayMs: dayMs + DAY_MS, events: 5, refused: 1, bytesOut: 10_300 },
  ])
  const expected = new Array(168).fill(0)
  expected[hourOfWeek(first)] = 3
  expected[hourOfWeek(first + DAY_MS)] = 3
  expected[hourOfWeek(stolen)] = 2
  expect(usage.hourOfWeek).toEqual(expected)
})

/** 0 is Monday from 00:00 to 01:00 in UTC. */
const hourOfWeek = (ms: number) => ((new Date(ms).getUTCDay() + 6) % 7) * 24 + ((ms / HOUR_MS) % 24)

test('a token that was never seen has an empty profile', async () => {
  const usage = await createTokenSummaries(store).profile(tokenOf(99))
  expect(usage).toEqual({
    networks: [],
    endpoints: [],
    nodes: [],
    hourOfWeek: new Array(168).fill(0),
    daily: [],
  })
})

test('traffic by hour has every hour, also those without any', async () => {
  const lastHourMs = dayMs + DAY_MS + 12 * HOUR_MS
  const trends = createTrafficTrends({ ...store, clock: () => lastHourMs + 1 })
  expect(await trends.traffic(4)).toEqual([
    { hourMs: lastHourMs - 3 * HOUR_MS, events: 4, refused: 1, findings: 0 },
    { hourMs: lastHourMs - 2 * HOUR_MS, events: 0, refused: 0, findings: 0 },
    { hourMs: lastHourMs - HOUR_MS, events: 2, refused: 1, findings: 2 },
    { hourMs: lastHourMs, events: 0, refused: 0, findings: 0 },
  ])
})
