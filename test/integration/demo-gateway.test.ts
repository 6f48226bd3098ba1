import { Webhook } from 'standardwebhooks'
import { afterEach, beforeEach, expect, test } from 'vitest'

import { type DemoGateway, startDemoGateway } from '../../src/cli/demo/demo-gateway.ts'

const startMs = Date.UTC(2026, 0, 5, 9)
const credentialId = 'c0ffee00-0000-4000-8000-0000000000a1'
const revocation = JSON.stringify({
  type: 'token.revoke',
  timestamp: '2026-01-05T09:00:00Z',
  data: { actionId: 'a1', credentialId },
})
let nowMs: number
let gateway: DemoGateway

beforeEach(async () => {
  nowMs = startMs
  const nodes = [
    { name: 'gw-eu-1', delayMs: 500 },
    { name: 'gw-us-1', delayMs: 4_000 },
  ]
  gateway = await startDemoGateway({ clock: () => nowMs, nodes })
})
afterEach(() => gateway.close())

/** Signed by the reference implementation. */
function post(
  body: string,
  options: { readonly secret?: string; readonly atMs?: number; readonly id?: string } = {},
) {
  const { secret = gateway.webhookSecret, atMs = nowMs, id = 'msg_1' } = options
  return fetch(gateway.webhookUrl, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'webhook-id': id,
      'webhook-timestamp': String(Math.floor(atMs / 1000)),
      'webhook-signature': new Webhook(secret).sign(id, new Date(atMs), body),
    },
    body,
  })
}

test('a signed revocation reaches one node after the other', async () => {
  expect((await post(revocation)).status).toBe(200)
  expect(gateway.isRevoked(credentialId)).toBe(true)
  const refusing = (afterMs: number) => {
    nowMs = startMs + afterMs
    return ['gw-eu-1', 'gw-us-1'].filter(node => gateway.isRefused(credentialId, node))
  }
  expect(refusing(499)).toEqual([])
  expect(refusing(500)).toEqual(['gw-eu-1'])
  expect(refusing(gateway.slowestNodeMs)).toEqual(['gw-eu-1', 'gw-us-1'])
  expect(gateway.isRefused('another', 'gw-eu-1')).toBe(false)
})

test('asked twice, it says yes twice and keeps the time of the first', async () => {
  await post(revocation)
  nowMs = startMs + 3_000
  expect((await post(revocation)).status).toBe(200)
  expect(gateway.isRefused(credentialId, 'gw-eu-1')).toBe(true)
})

test.each([
  ['signed with another secret', { secret: `whsec_${Buffer.alloc(32, 7).toString('base64')}` }],
  ['six minutes old', { atMs: startMs - 360_000 }],
  ['from the future', { atMs: startMs + 360_000 }],
])('a message %s is refused', async (_name, options) => {
  expect((await post(revocation, options)).status).toBe(401)
  expect(gateway.isRevoked(credentialId)).toBe(false)
})

test('a message without a signature is refused', async () => {
  const response = await fetch(gateway.webhookUrl, { method: 'POST', body: revocation })
  expect(response.status).toBe(401)
  expect(gateway.isRevoked(credentialId)).toBe(false)
})

test.each([
  ['no JSON', 'revoke everything'],
  ['no credential', JSON.stringify({ data: {} })],
  ['a credential of a wrong type', JSON.stringify({ data: { credentialId: 7 } })],
])('a genuine message with %s is a wrong request', async (_name, body) => {
  expect((await post(body)).status).toBe(400)
})

test('a body beyond the limit is not read', async () => {
  const body = JSON.stringify({ data: { credentialId: 'x'.repeat(70_000) } })
  const response = await post(body).catch(() => undefined)
  expect(response?.status ?? 413).toBe(413)
})
