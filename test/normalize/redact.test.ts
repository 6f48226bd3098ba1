import fc from 'fast-check'
import { expect, test } from 'vitest'

import { keyClassOf, knownKeyPrefixes } from '../../src/normalize/key-shapes.ts'
import { looksRandom } from '../../src/normalize/looks-random.ts'
import { isCredential, redactSecrets, redactText } from '../../src/normalize/redact.ts'
import { aNormalizer, eventOf } from '../support/normalize.ts'

test('a key of each known issuer is recognized and told by its class only', () => {
  expect(knownKeyPrefixes.length).toBeGreaterThan(60)
  for (const prefix of knownKeyPrefixes) {
    const key = prefix + '0A1B2C3D4E5F'.repeat(4)
    expect([prefix, keyClassOf(key)]).toEqual([prefix, expect.stringMatching(/…$/)])
    expect(keyClassOf(key)?.length).toBeLessThan(30)
    expect(redactText(`agent/1 (key=${key}; x)`)).toBe('agent/1 (key=[redacted]; x)')
  }
})

test.each([
  'SKU-1000',
  'sk-learn/1.4',
  'key-value-store',
  'npm_config_registry',
  'secret_santa_planner',
  'AKIA',
  'SG.reports.v2',
])('%s is no key', word => {
  expect(redactText(`/api/${word}/list`)).toBe(`/api/${word}/list`)
})

test.each([
  '8f14e45f-ceea-467f-a8d0-a1b2c3d4e5f6',
  '01ARZ3NDEKTSV4RRFFQ69G5FAV',
  '507f1f77bcf86cd799439011',
  'getUserProfileByEmailAddressV2',
  'my-long-article-title-2024-edition-with-more-words',
  'AppleWebKit/537.36',
  'kibana-dashboard3.png',
  'application_settings_overview_v2',
])('%s is an id or a name, not a secret', word => {
  expect(isCredential(word)).toBe(false)
})

test('of random base62 words of 32 characters nearly all are seen, of 24 four in five', () => {
  const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
  const wordsOf = (length: number) =>
    fc.sample(
      fc.string({ unit: fc.constantFrom(...alphabet), minLength: length, maxLength: length }),
      { seed: 7, numRuns: 500 },
    )
  const share = (length: number) => wordsOf(length).filter(looksRandom).length / 500
  expect(share(32)).toBeGreaterThan(0.97)
  expect(share(24)).toBeGreaterThan(0.8)
})

test('a secret goes where it is percent-encoded once or twice', () => {
  const secret = 'a/b+c=d&FAKE'
  const once = encodeURIComponent(secret)
  expect(redactSecrets(`/x/${once}/y`, [secret])).toBe('/x/[redacted]/y')
  expect(redactSecrets(`/x/${encodeURIComponent(once)}/y`, [secret])).toBe('/x/[redacted]/y')
  expect(redactSecrets('/100%/y', [secret])).toBe('/100%/y')
})

test.each([
  ['client/1 (key=Ab3+/9xY7Qw2/Zk8Lm4Np6Rs1Tv5Uj0Cd==)', 'client/1 (key=[redacted])'],
  [`client/1 ${'0123456789abcdef'.repeat(2)}-us7`, 'client/1 [redacted]'],
  [`client/1 token:${'1234567890'}:AAaB3dE5gH7jK9mN1pQ3sT5vW7yZ9aB1cD3`, 'client/1 [redacted]'],
])('of %s nothing secret is left', (text, left) => {
  expect(redactText(text)).toBe(left)
})

test('a path with as many slashes as base64 is none', () => {
  const path = '/api/v2/Accounts/Reports/Monthly/Summary2024/Export'
  expect(redactText(`GET ${path}`)).toBe(`GET ${path}`)
})

test('names of keys are shown, what stands in the place of a name is not', () => {
  const names = ['request_uri', 'x-amz-content-sha256', 'time_iso8601', 'Client IP', ':authority']
  const others = [
    `/v1/orders?api_key=FAKE`,
    'acme-client/1.2',
    'hunter2!',
    '0f9e8d7c-1a2b-4c3d-8e4f-5a6b7c8d9e0f',
    `x-${secret}`,
    'u0ffr5nwgfzw3lxv',
    'a'.repeat(61),
  ]
  const keysOf = (name: string) => {
    const [reject] = aNormalizer().run(JSON.stringify({ [name]: 1, inner: { [name]: 1 } }))
    return reject !== undefined && 'keys' in reject ? reject.keys : undefined
  }
  for (const name of names) expect(keysOf(name)).toEqual([name, `inner.${name}`])
  for (const name of others) expect(keysOf(name)).toEqual(['[redacted]', 'inner.[redacted]'])
})

const secret = 'sk_live_FAKE0000000000000000'

test.each([
  ['path', `/v1/${secret}/x`],
  ['path', `/v1/${encodeURIComponent(encodeURIComponent(`key=${secret}`))}`],
  ['path', `/v1;api_key=FAKEVALUE01/x`],
  ['path', `/reset/token/FAKEVALUE01ab`],
  ['path', `/v1/x%3Fapi_key%3DFAKEVALUE01`],
  ['query.api_key', `/v1?api_key=FAKEVALUE01`],
  ['query.api_key', `/v1?a=1&api%5Fkey=FAKEVALUE01`],
  ['query.q', `/v1?q=${secret}`],
  ['query.access_token', `https://api.example.com/v1#access_token=FAKEVALUE01`],
  ['url.userinfo', `https://FAKEVALUE01:FAKEVALUE02@api.example.com/v1`],
])('a credential is reported as %s and gone from %s', (leak, path) => {
  const record = { ts: '2026-01-05T09:00:01Z', ip: '198.51.100.7', method: 'GET', status: 200 }
  const event = eventOf(aNormalizer().run(JSON.stringify({ ...record, path })))
  expect(event.leaks).toContain(leak)
  expect(JSON.stringify(event)).not.toMatch(/FAKEVALUE|sk_live_F/)
})

test.each(['userAgent', 'consumer', 'application', 'tenant', 'node', 'host', 'requestId', 'model'])(
  'a credential in %s is gone',
  field => {
    const record = {
      ts: '2026-01-05T09:00:01Z',
      ip: '198.51.100.7',
      method: 'GET',
      path: '/v1',
      token: 'FAKE-PLAIN-PASSWORD-7',
    }
    for (const value of [`x ${secret}`, 'x/FAKE-PLAIN-PASSWORD-7', 'x-fake-plain-password-7']) {
      const event = eventOf(aNormalizer().run(JSON.stringify({ ...record, [field]: value })))
      const text = JSON.stringify(event)
      expect(text).not.toContain(secret)
      expect(text).not.toContain('FAKE-PLAIN-PASSWORD-7')
    }
  },
)
