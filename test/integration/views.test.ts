import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { selectRows } from '../../src/store/rows.ts'
import type { Store } from '../../src/store/store.ts'
import { startTestStore, type TestStore } from '../support/clickhouse.ts'
import { fillStore } from '../support/filled-store.ts'

let testStore: TestStore
let store: Store
let days: readonly [string, string]
beforeAll(async () => {
  testStore = await startTestStore()
  store = testStore.store
  const dayMs = await fillStore(store)
  days = [isoDay(dayMs), isoDay(dayMs + 86_400_000)]
})
afterAll(async () => {
  await testStore?.close()
})

const isoDay = (ms: number) => new Date(ms).toISOString().slice(0, 10)
const select = (query: string) => selectRows<Record<string, unknown>>(store, query)

const documented = readFileSync(join(import.meta.dirname, '../../docs/analytics.md'), 'utf8')

/** Names in backticks in the section of a view. */
function documentedColumns(view: string): readonly string[] {
  const section = documented.split(/^## /m).find(text => text.startsWith(`${view}\n`)) ?? ''
  const cells = section.split('\n').flatMap(line => /^\| (`.+?) \|/.exec(line)?.[1] ?? [])
  return cells.flatMap(cell => [...cell.matchAll(/`(\w+)`/g)].map(([, name = '']) => name))
}

test('every view is documented, with exactly the columns that it has', async () => {
  const views = await select(
    "SELECT name FROM system.tables WHERE database = currentDatabase() AND engine = 'View' ORDER BY name",
  )
  expect(views.length).toBeGreaterThan(10)
  for (const { name } of views) {
    const columns = (await select(`DESCRIBE TABLE ${name}`)).map(column => String(column['name']))
    expect([...documentedColumns(String(name))].sort(), String(name)).toEqual(columns.sort())
  }
})

test('analysts may read all views, and write nothing', async () => {
  const count = async (query: string) => await store.reader.query({ query, format: 'JSON' })
  await expect(count('SELECT count() FROM alert_budget')).resolves.toBeDefined()
  await expect(count('SELECT count() FROM pipeline_delay')).resolves.toBeDefined()
  await expect(
    store.reader.command({ query: "INSERT INTO audit_log (id) VALUES ('x')" }),
  ).rejects.toThrow()
})

test('analysts may ask for another time limit, as Grafana does with every query, up to a minute', async () => {
  const withLimit = (seconds: number) =>
    store.reader.query({
      query: 'SELECT count() FROM alert_budget',
      format: 'JSON',
      clickhouse_settings: { max_execution_time: seconds },
    })
  await expect(withLimit(30)).resolves.toBeDefined()
  await expect(withLimit(61)).rejects.toThrow()
})

test('the current incident is the last step of it', async () => {
  expect(
    await select(
      'SELECT incident_id, version, state, tenant, actor FROM current_incidents ORDER BY incident_id',
    ),
  ).toEqual([
    { incident_id: 'incident-1', version: 2, state: 'acknowledged', tenant: 'acme', actor: '' },
    {
      incident_id: 'incident-2',
      version: 2,
      state: 'false_positive',
      tenant: 'umbrella',
      actor: 'ada',
    },
  ])
})

test('an action shows how long it took and who still serves the token', async () => {
  expect(
    await select(`
      SELECT action_id, state, seconds_to_effective, containment, nodes, nodes_still_serving, calls_served_after
      FROM action_outcomes ORDER BY action_id`),
  ).toEqual([
    {
      action_id: 'action-1',
      state: 'succeeded',
      seconds_to_effective: 30,
      containment: 'still_serving',
      nodes: 2,
      nodes_still_serving: 1,
      calls_served_after: 3,
    },
    {
      action_id: 'action-2',
      state: 'withheld',
      seconds_to_effective: null,
      containment: '',
      nodes: 0,
      nodes_still_serving: 0,
      calls_served_after: 0,
    },
  ])
})

test('a day of a token adds up', async () => {
  expect(
    await select(`
      SELECT day, events, failed, denied, throttled, refused, errors, bytes_in, bytes_out, llm_tokens,
             cost_usd, latency_ms_mean, latency_ms_max, active_slots
      FROM token_daily WHERE tenant = 'acme' ORDER BY day`),
  ).toEqual([
    {
      day: days[0],
      events: 3,
      failed: 0,
      denied: 0,
      throttled: 0,
      refused: 0,
      errors: 0,
      bytes_in: 30,
      bytes_out: 300,
      llm_tokens: 36,
      cost_usd: 0.75,
      latency_ms_mean: 20,
      latency_ms_max: 20,
      active_slots: 1,
    },
    {
      day: days[1],
      events: 5,
      failed: 1,
      denied: 0,
      throttled: 0,
      refused: 1,
      errors: 1,
      bytes_in: 50,
      bytes_out: 10_300,
      llm_tokens: 60,
      cost_usd: 1.25,
      latency_ms_mean: 132,
      latency_ms_max: 300,
      active_slots: 3,
    },
  ])
})

test('risk and detectors are counted by day', async () => {
  expect(
    await select(
      'SELECT day, tenant, findings, alerts, risk_max, detectors FROM token_risk_daily ORDER BY tenant',
    ),
  ).toEqual([
    {
      day: days[1],
      tenant: 'acme',
      findings: 1,
      alerts: 1,
      risk_max: 91.25,
      detectors: ['endpoint', 'new-network'],
    },
    {
      day: days[1],
      tenant: 'umbrella',
      findings: 1,
      alerts: 0,
      risk_max: 40,
      detectors: ['new-network'],
    },
  ])
  expect(
    await select(`
      SELECT detector, sum(findings) AS found, sum(alerts) AS alerted, sum(contribution) AS share
      FROM detector_daily GROUP BY detector ORDER BY detector`),
  ).toEqual([
    { detector: 'endpoint', found: 1, alerted: 1, share: 2.5 },
    { detector: 'new-network', found: 2, alerted: 1, share: 16.25 },
  ])
})

test('networks are told by day, and by when a token added them', async () => {
  expect(
    await select(`
      SELECT day, country, asn, network_type, events, refused, tokens, prefixes, bytes_out
      FROM network_trends WHERE tenant = 'acme' ORDER BY day, country`),
  ).toEqual(
    [
      [days[0], 'NL', 64_496, 'residential', 3, 0, 1, 1, 300],
      [days[1], 'DE', 64_500, 'hosting', 2, 1, 1, 1, 10_000],
      [days[1], 'NL', 64_496, 'residential', 3, 0, 1, 1, 300],
    ].map(([day, country, asn, network_type, events, refused, tokens, prefixes, bytes_out]) => ({
      day,
      country,
      asn,
      network_type,
      events,
      refused,
      tokens,
      prefixes,
      bytes_out,
    })),
  )
  expect(
    await select(
      'SELECT prefix, toDate(first_ts) AS since, is_first_network AS first FROM token_networks ORDER BY prefix',
    ),
  ).toEqual([
    { prefix: '192.0.2.0/24', since: days[0], first: 1 },
    { prefix: '198.51.100.0/24', since: days[1], first: 1 },
    { prefix: '203.0.113.0/24', since: days[1], first: 0 },
  ])
})

test('endpoints are told by day and by token', async () => {
  expect(
    await select(`
      SELECT day, method, route, events, refused, errors, tokens, latency_ms_p95
      FROM endpoint_trends WHERE day = '${days[1]}' ORDER BY route`),
  ).toMatchObject([
    { method: 'GET', route: '/export', events: 2, refused: 1, errors: 1, latency_ms_p95: 300 },
    { method: 'POST', route: '/login', events: 1, refused: 1, errors: 0, tokens: 1 },
    { method: 'GET', route: '/orders/{id}', events: 3, refused: 0, latency_ms_p95: 20 },
  ])
  expect(
    await select("SELECT events, refused FROM token_endpoints WHERE route = '/orders/{id}'"),
  ).toEqual([{ events: 6, refused: 0 }])
})

test('the budget compares what was promised with what came', async () => {
  const [quiet, busy] = await select('SELECT * FROM alert_budget ORDER BY day')
  expect(quiet).toMatchObject({ day: days[0], active_tokens: 1, alerts: 0, incidents: 0 })
  expect(quiet).toMatchObject({ promised_false_tokens: 0 })
  expect(busy).toMatchObject({
    day: days[1],
    active_tokens: 2,
    findings: 2,
    alerts: 1,
    alerted_tokens: 1,
    threshold_surprise: 14.5,
    incidents: 2,
    false_positives: 1,
  })
  // 2 * exp(-14.5)
  expect(busy?.['promised_false_tokens']).toBeCloseTo(1.0086953e-6, 12)
})

test('hours, delay, sources and deliveries are told', async () => {
  expect(
    await select(`
      SELECT hour, sum(events) AS calls FROM hour_of_week_activity GROUP BY hour ORDER BY hour`),
  ).toEqual([
    { hour: 9, calls: 7 },
    { hour: 11, calls: 2 },
  ])
  const [delay] = await select('SELECT * FROM pipeline_delay')
  expect(delay).toMatchObject({
    source: 'access',
    source_partition: 0,
    events: 9,
    last_offset: 8,
    behind_offsets: 0,
    dead_letters: 2,
  })
  expect(
    await select(
      'SELECT sum(events) AS stored, sum(dead_letters) AS letters FROM ingest_daily GROUP BY source',
    ),
  ).toEqual([{ stored: 9, letters: 2 }])
  expect(
    await select(
      'SELECT channel, attempts, delivered, retrying, failed FROM delivery_daily ORDER BY channel',
    ),
  ).toEqual([
    { channel: 'email', attempts: 2, delivered: 1, retrying: 1, failed: 0 },
    { channel: 'webhook', attempts: 1, delivered: 0, retrying: 0, failed: 1 },
  ])
})
