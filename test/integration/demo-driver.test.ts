import { afterEach, beforeEach, expect, test, vi } from 'vitest'

import { createDemoDriver, type DemoPace } from '../../src/cli/demo/demo-driver.ts'
import { type DemoGateway, startDemoGateway } from '../../src/cli/demo/demo-gateway.ts'
import { createDemoWorld } from '../../src/cli/demo/demo-world.ts'
import { startFakeTokenwatch } from '../support/fake-tokenwatch.ts'

const seed = 1
const quick: DemoPace = {
  pastDays: 1,
  thiefAfterMs: 300,
  dryRunShownMs: 300,
  newKeyAfterMs: 500,
  pollMs: 50,
}
const { victim } = createDemoWorld({ seed, nowMs: Date.now(), pastDays: 1 })

let gateway: DemoGateway
let server: Awaited<ReturnType<typeof startFakeTokenwatch>>
let stop: AbortController
const ingestStatuses: number[] = []

beforeEach(async () => {
  stop = new AbortController()
  const nodes = ['gw-eu-1', 'gw-eu-2', 'gw-us-1'].map(name => ({ name, delayMs: 200 }))
  gateway = await startDemoGateway({ clock: Date.now, nodes })
  // The victim's own server has one address; the first call from another is the thief's.
  let ownAddress: string | undefined
  server = await startFakeTokenwatch({
    webhook: { url: gateway.webhookUrl, secret: gateway.webhookSecret },
    ingestStatuses,
    isTheft: record => {
      if (record.authenticated_entity?.id !== victim.credentialId) return false
      ownAddress ??= record.client_ip
      return record.client_ip !== ownAddress
    },
  })
})
afterEach(async () => {
  stop.abort()
  ingestStatuses.length = 0
  await Promise.all([server.close(), gateway.close()])
})

function start() {
  const phases: string[] = []
  const driver = createDemoDriver({
    ingestUrl: `${server.url}/v1/events`,
    ingestKey: 'ingest',
    adminApi: { url: server.url, key: 'admin' },
    gateway,
    seed,
    clock: Date.now,
    pace: quick,
    onPhase: text => phases.push(text),
  })
  return { driver, phases, ended: driver.run(stop.signal) }
}

test('plays past, theft, dry run, refusal and the new key through the HTTP interfaces', async () => {
  const { driver, phases, ended } = start()
  // A refused call names no credential: only the key tells whose it is.
  const isRefusedVictim = ({ request, response }: (typeof server.records)[number]) =>
    response.status === 401 && request.headers.apikey === victim.token
  await vi.waitFor(() => expect(driver.phase()).toMatch(/^Contained/), { timeout: 40_000 })
  await vi.waitFor(
    () => {
      const renewed = server.records.filter(
        ({ consumer, authenticated_entity: entity }) =>
          consumer?.username === victim.consumer && entity?.id !== victim.credentialId,
      )
      expect(renewed.length).toBeGreaterThan(0)
      expect(renewed.every(({ response }) => response.status !== 401)).toBe(true)
    },
    { timeout: 20_000 },
  )
  // The thief tries on with the old key for a minute.
  const refusedCalls = () => server.records.filter(isRefusedVictim)
  await vi.waitFor(() => expect(refusedCalls().length).toBeGreaterThan(2), { timeout: 20_000 })
  const refused = refusedCalls()
  expect(refused.every(({ hostname }) => gateway.isRefused(victim.credentialId, hostname))).toBe(
    true,
  )

  const times = server.records.map(record => record.started_at)
  expect(times).toEqual([...times].sort((a, b) => a - b))
  expect(times[0]).toBeLessThan(Date.now() - 23 * 3_600_000)
  expect(Math.max(...times)).toBeLessThanOrEqual(Date.now())
  expect(phases.map(text => text.split(' ').slice(0, 2).join(' '))).toEqual([
    'Sending the',
    expect.stringMatching(/^[\d,]+ calls$/),
    'The key',
    'tokenwatch opened',
    'The operator',
    'The revocation',
    'Contained. The',
  ])
  stop.abort()
  await ended
})

test('a server that is busy is asked again with the same idempotency key, and it is told', async () => {
  ingestStatuses.push(503, 503)
  const { phases, ended } = start()
  await vi.waitFor(() => expect(server.records.length).toBeGreaterThan(1_000), { timeout: 20_000 })
  expect(new Set(server.idempotencyKeys.slice(0, 3)).size).toBe(1)
  expect(new Set(server.idempotencyKeys).size).toBe(server.idempotencyKeys.length - 2)
  expect(phases.filter(text => text === 'Trouble: ingest: HTTP 503, trying again.')).toHaveLength(1)
  stop.abort()
  await ended
})

test('a server that refuses the past for good ends the demo with the reason', async () => {
  ingestStatuses.push(403)
  const { driver, ended } = start()
  await ended
  expect(driver.phase()).toBe('The demo stopped: ingest refused the simulated calls: HTTP 403.')
})

test('stops promptly in the middle of anything', async () => {
  const { ended } = start()
  await vi.waitFor(() => expect(server.idempotencyKeys.length).toBeGreaterThan(0), {
    timeout: 20_000,
  })
  const abortedMs = Date.now()
  stop.abort()
  await ended
  expect(Date.now() - abortedMs).toBeLessThan(2_000)
})
