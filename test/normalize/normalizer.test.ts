import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'

import { OperatorError } from '../../src/domain/operator-error.ts'
import { rejectReasons } from '../../src/domain/reject.ts'
import { aNormalizer, eventOf, receivedMs } from '../support/normalize.ts'

const record = (changes: Readonly<Record<string, unknown>> = {}) => ({
  ts: '2026-01-05T09:00:01Z',
  token: 'FAKE-TOKEN-0001',
  ip: '198.51.100.7',
  method: 'GET',
  path: '/v1/orders/1',
  status: 200,
  ...changes,
})
const line = (changes?: Readonly<Record<string, unknown>>) => JSON.stringify(record(changes))
const reasons = (results: readonly object[]) =>
  results.map(result => ('reason' in result ? result.reason : 'event'))

test.each([
  ['an empty line', '   ', 'empty_record'],
  ['an empty array', '[]', 'empty_record'],
  ['running text', 'hello world', 'not_json'],
  ['cut JSON', line().slice(0, 40), 'not_json'],
  ['binary bytes', Buffer.from([0x16, 0x03, 0x01, 0x00, 0xff, 0xfe]), 'not_text'],
  ['binary bytes after a brace', Buffer.from([0x7b, 0x00, 0xff]), 'not_text'],
  ['a number', '42', 'wrong_type'],
  ['null in an array', '[null]', 'wrong_type'],
  ['an object of no format', '{"a":1}', 'unknown_format'],
  ['a line of a megabyte', line({ userAgent: 'x'.repeat(1_048_576) }), 'record_too_long'],
  ['deep arrays', `${'['.repeat(50_000)}${']'.repeat(50_000)}`, 'too_deep'],
  ['deep objects', `${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}`, 'too_deep'],
  ['wrappers in wrappers', wrapped(line(), 6), 'too_deep'],
  ['the year 1970', line({ ts: 1_000 }), 'time_before_2000'],
  ['seconds where ms belong', line({ ts: 1_767_603_601 }), 'time_before_2000'],
  ['the year 2100', line({ ts: '2100-01-01T00:00:00Z' }), 'time_in_future'],
  ['31 February', line({ ts: '2026-02-31T00:00:00Z' }), 'bad_time'],
  ['a status of 999', line({ status: 999 }), 'bad_status'],
])('%s is a reject with its reason', (_, content, reason) => {
  expect(reasons(aNormalizer().run(content))).toEqual([reason])
})

function wrapped(content: string, times: number): string {
  return times === 0 ? content : wrapped(JSON.stringify({ log: content }), times - 1)
}

test('wrappers of log shippers are opened', () => {
  const results = aNormalizer().run(wrapped(line(), 3))
  expect(reasons(results)).toEqual(['event'])
})

test('each result of an array has its own index, rejects too', () => {
  const results = aNormalizer().run(`[${line()},{"a":1},[${line()}]]`)
  expect(reasons(results)).toEqual(['event', 'unknown_format', 'event'])
  expect(results.map(({ index }) => index)).toEqual([0, 1, 2])
})

test('a list that is too long is read up to the limit, and told once', () => {
  const content = `[[${line()},${line()},${line()}],[${line()}]]`
  const results = aNormalizer({ recordsPerEnvelopeMax: 2 }).run(content)
  expect(reasons(results)).toEqual(['event', 'event', 'too_many_records'])
})

test('key names of a reject are shown without values and without secrets', () => {
  const content = JSON.stringify({
    plain: 'VALUE',
    nested: { inner: 'VALUE' },
    sk_live_FAKE000000000000000000: 'VALUE',
  })
  const [reject] = aNormalizer().run(content)
  expect(reject).toMatchObject({ keys: ['plain', 'nested.inner', '[redacted]'] })
  expect(JSON.stringify(reject)).not.toContain('VALUE')
})

test('a clock that runs a little ahead is set back to the arrival', () => {
  const minutes = (count: number) => line({ ts: receivedMs + count * 60_000 })
  const tsOf = (content: string) => eventOf(aNormalizer().run(content)).ts
  expect(tsOf(minutes(4))).toBe(receivedMs + 240_000)
  expect(tsOf(minutes(6))).toBe(receivedMs)
  expect(reasons(aNormalizer().run(minutes(24 * 60 + 1)))).toEqual(['time_in_future'])
})

test('one credential is one token, however it is sent', () => {
  const normalizer = aNormalizer()
  const tokenOf = (token: string) => eventOf(normalizer.run(line({ token }))).token
  const plain = tokenOf('FAKE-TOKEN-0001')
  expect(tokenOf('Bearer FAKE-TOKEN-0001')).toBe(plain)
  expect(tokenOf(`Basic ${Buffer.from('FAKE-TOKEN-0001:').toString('base64')}`)).toBe(plain)
  expect(tokenOf('FAKE-TOKEN-0002')).not.toBe(plain)
})

test('the registry fills in what the log does not say', () => {
  const known = {
    token: undefined,
    credentialId: 'cred-1',
    owner: 'alice',
    application: 'shop',
    tenant: 'acme',
    scopes: ['read'],
    issuedAtMs: 1,
    expiresAtMs: 2,
    revokedAtMs: undefined,
    isProtected: false,
    isHoneytoken: false,
  }
  const registry = {
    find: (_token: string, id: string | undefined) => (id === 'cred-1' ? known : undefined),
  }
  const event = eventOf(
    aNormalizer({}, { registry }).run(
      line({ token: undefined, credentialId: 'cred-1', application: 'till' }),
    ),
  )
  expect(event).toMatchObject({
    consumer: 'alice',
    application: 'till',
    tenant: 'acme',
    scopes: ['read'],
    tokenIssuedAtMs: 1,
    tokenExpiresAtMs: 2,
  })
})

test('claims of a JWT that was refused name nobody', () => {
  const claims = { azp: 'victim', exp: 1_800_000_000 }
  const token = `eyJhbGciOiJub25lIn0.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.x`
  const served = eventOf(aNormalizer().run(line({ token, status: 200 })))
  expect(served).toMatchObject({ consumer: 'victim', tokenExpiresAtMs: 1_800_000_000_000 })
  const refused = eventOf(aNormalizer().run(line({ token, status: 401 })))
  expect(refused).toMatchObject({ consumer: undefined, tokenExpiresAtMs: undefined })
})

test('a source counts as one format after some records, and another one is drift', () => {
  const normalizer = aNormalizer({ formatLockRecords: 3 })
  const combined = '198.51.100.7 - - [05/Jan/2026:09:00:01 +0000] "GET / HTTP/1.1" 200 1 "-" "-"'
  for (const content of [combined, line(), line(), line(), combined]) normalizer.run(content)
  expect(normalizer.formats()).toEqual([
    { source: 'test', format: 'nginx-combined', records: 2, drifted: 1 },
    { source: 'test', format: 'tokenwatch', records: 3, drifted: 0 },
  ])
})

test('wrong proxies are all named at once', () => {
  const make = () => aNormalizer({ trustedProxies: ['10.0.0.0/8', 'lan', '10.0.0.0/99'] })
  expect(make).toThrow(OperatorError)
  expect(make).toThrow(/trustedProxies\[1\].*trustedProxies\[2\]/)
})

test('a Kong record without a Host header takes the host of its url, but no user information', () => {
  const hostOf = (url: string) => {
    const request = { method: 'GET', uri: '/v1', url, headers: {} }
    const kong = {
      started_at: 1_767_603_601_000,
      latencies: {},
      client_ip: '198.51.100.7',
      request,
    }
    return eventOf(aNormalizer().run(JSON.stringify(kong))).host
  }
  expect(hostOf('https://gw.example.com:8443/v1')).toBe('gw.example.com')
  expect(hostOf('https://user:FAKE@gw.example.com/v1')).toBe('')
})

test('control characters do not get through', () => {
  const red = '\u001b[31mred'
  const event = eventOf(
    aNormalizer().run(line({ userAgent: red, host: red, path: `/${red}`, node: red })),
  )
  expect(JSON.stringify(event)).not.toContain('\\u001b')
})

const fixtures = join(import.meta.dirname, '../fixtures/formats')
const lines = readdirSync(fixtures, { withFileTypes: true })
  .filter(entry => entry.isDirectory())
  .flatMap(({ name }) =>
    readFileSync(join(fixtures, name, 'records.jsonl'), 'utf8')
      .trim()
      .split('\n'),
  )

/** Every result is an event with all its keys, or a reject of the closed list. */
function expectSound(results: readonly object[]): void {
  expect(results.length).toBeGreaterThan(0)
  for (const result of results) {
    if ('reason' in result) expect(rejectReasons).toContain(result.reason)
    else {
      expect(Object.keys(result)).toEqual(eventKeys)
      expect(result).toMatchObject({ token: expect.stringMatching(/^[0-9a-f]{32}$/) })
      for (const value of Object.values(result)) {
        if (typeof value === 'number') expect(Number.isFinite(value)).toBe(true)
      }
    }
  }
}
const eventKeys = Object.keys(eventOf(aNormalizer().run(line())))

test('garbage never throws', () => {
  const normalizer = aNormalizer({ trustedProxies: ['192.0.2.10'] })
  const garbage = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.json(),
    fc.uint8Array({ maxLength: 200 }).map(bytes => Buffer.from(bytes)),
    fc.jsonValue().map(value => ({ value, bytes: 10 })),
  )
  fc.assert(fc.property(garbage, content => expectSound(normalizer.run(content))))
})

test('lines with a damaged byte never throw', () => {
  const normalizer = aNormalizer({ trustedProxies: ['192.0.2.10'] })
  const damage = fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 }))
  fc.assert(
    fc.property(fc.constantFrom(...lines), fc.array(damage, { maxLength: 4 }), (text, damages) => {
      const bytes = Buffer.from(text)
      for (const [at, byte] of damages) bytes[at % bytes.length] = byte
      expectSound(normalizer.run(bytes))
    }),
    { numRuns: 500 },
  )
})

test('records with values of other types never throw', () => {
  const normalizer = aNormalizer({ trustedProxies: ['192.0.2.10'] })
  const objects = lines.map(text => JSON.parse(text)).filter(value => !Array.isArray(value))
  const replacement = fc.oneof(fc.jsonValue(), fc.double(), fc.constant('-'), fc.constant(''))
  fc.assert(
    fc.property(fc.constantFrom(...objects), fc.nat(), replacement, (value, at, other) => {
      const keys = leavesOf(value)
      const path = keys[at % keys.length] ?? []
      expectSound(normalizer.run(JSON.stringify(replaced(value, path, other))))
    }),
    { numRuns: 500 },
  )
})

/** Paths of all fields of an object, of inner objects too. */
function leavesOf(value: Readonly<Record<string, unknown>>): string[][] {
  return Object.entries(value).flatMap(([name, inner]) => [
    [name],
    ...(typeof inner === 'object' && inner !== null
      ? leavesOf(inner as Record<string, unknown>).map(rest => [name, ...rest])
      : []),
  ])
}

function replaced(value: unknown, [name, ...rest]: readonly string[], other: unknown): unknown {
  if (name === undefined) return other
  const record = value as Record<string, unknown>
  return { ...record, [name]: replaced(record[name], rest, other) }
}
