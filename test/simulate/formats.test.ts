import { expect, test } from 'vitest'

import { renderKongRecord } from '../../src/simulate/formats/kong-record.ts'
import { renderNginxLine } from '../../src/simulate/formats/nginx-line.ts'
import { renderTokenwatchEvent } from '../../src/simulate/formats/tokenwatch-event.ts'
import type { SimulatedCall } from '../../src/simulate/simulated-call.ts'

const aCall = (over: Partial<SimulatedCall> = {}): SimulatedCall => ({
  tsMs: Date.UTC(2026, 0, 5, 9, 0, 1, 123),
  token: 'tw_demo_00000000000000000000000000000001',
  credentialId: 'c0ffee00-0000-4000-8000-0000000000a1',
  consumer: 'alder-billing-1',
  application: 'alder-billing',
  tenant: 'alder',
  ip: '198.51.100.23',
  asn: 64500,
  country: 'DE',
  method: 'GET',
  host: 'api.alder.example.com',
  route: '/v1/orders/{id}',
  path: '/v1/orders/1001',
  status: 200,
  latencyMs: 42,
  bytesIn: 320,
  bytesOut: 1_400,
  userAgent: 'curl/8.5.0',
  gateway: 'kong',
  node: 'gw-eu-1',
  attackId: 'attack-1',
  ...over,
})

test('a Kong record has what log.serialize has, with the key in a header', () => {
  const record = JSON.parse(renderKongRecord(aCall()))
  expect(record).toMatchObject({
    started_at: 1_767_603_601_123,
    client_ip: '198.51.100.23',
    workspace_name: 'alder',
    authenticated_entity: { id: 'c0ffee00-0000-4000-8000-0000000000a1' },
    consumer: { username: 'alder-billing-1', custom_id: 'alder-billing' },
    request: { method: 'GET', uri: '/v1/orders/1001', size: 320 },
    response: { status: 200, size: 1_400 },
    latencies: { request: 42, proxy: 41 },
    hostname: 'gw-eu-1',
  })
  expect(record.request.headers).toMatchObject({
    apikey: 'tw_demo_00000000000000000000000000000001',
    'user-agent': 'curl/8.5.0',
  })
  expect(record.authenticated_entity.consumer_id).toBe(record.consumer.id)
  expect(record.request.id).toMatch(/^[0-9a-f]{32}$/)
})

test('Kong does not say whose key it refused, and did not proxy the call', () => {
  expect(JSON.parse(renderKongRecord(aCall({ status: 401 })))).not.toHaveProperty('consumer')
  const guessed = {
    credentialId: undefined,
    consumer: undefined,
    application: undefined,
    status: 401,
  }
  const record = JSON.parse(renderKongRecord(aCall(guessed)))
  expect(record).not.toHaveProperty('authenticated_entity')
  expect(record).not.toHaveProperty('consumer')
  expect(record).toMatchObject({ source: 'kong', latencies: { proxy: -1 } })
})

test('the own format carries the credential id, or the key where there is none', () => {
  const known = JSON.parse(renderTokenwatchEvent(aCall()))
  expect(known).toEqual({
    ts: '2026-01-05T09:00:01.123Z',
    credentialId: 'c0ffee00-0000-4000-8000-0000000000a1',
    consumer: 'alder-billing-1',
    application: 'alder-billing',
    tenant: 'alder',
    ip: '198.51.100.23',
    asn: 64500,
    country: 'DE',
    method: 'GET',
    host: 'api.alder.example.com',
    path: '/v1/orders/1001',
    status: 200,
    latencyMs: 42,
    bytesIn: 320,
    bytesOut: 1_400,
    userAgent: 'curl/8.5.0',
    gateway: 'kong',
    node: 'gw-eu-1',
  })
  const guessed = JSON.parse(renderTokenwatchEvent(aCall({ credentialId: undefined })))
  expect(guessed.token).toBe('tw_demo_00000000000000000000000000000001')
  expect(guessed).not.toHaveProperty('credentialId')
})

test('an NGINX line is in the combined format and has no key', () => {
  expect(renderNginxLine(aCall())).toBe(
    '198.51.100.23 - alder-billing-1 [05/Jan/2026:09:00:01 +0000] "GET /v1/orders/1001 HTTP/1.1" 200 1400 "-" "curl/8.5.0"',
  )
})

test.each([
  ['kong', renderKongRecord],
  ['tokenwatch', renderTokenwatchEvent],
  ['nginx', renderNginxLine],
])('%s gives one line without the truth in it', (_name, render) => {
  const line = render(aCall())
  expect(line).not.toContain('\n')
  expect(line).not.toContain('attack')
})
