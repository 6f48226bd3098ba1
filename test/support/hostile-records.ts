import { gzipSync } from 'node:zlib'
import type { RejectReason } from '../../src/domain/reject.ts'

/** A record that no gateway should write, and what must become of it. */
export interface HostileRecord {
  readonly what: string
  readonly content: string | Buffer
  /** Undefined: it is odd, but one event. */
  readonly reason: RejectReason | undefined
  readonly field: string | undefined
}

/** An ordinary call in the own format. */
export const ordinaryCall = (nowMs: number) => ({
  ts: nowMs,
  credentialId: 'cred-good',
  ip: '198.51.100.7',
  method: 'GET',
  path: '/v1/items',
  status: 200,
})

const kongCall = (nowMs: number) => ({
  started_at: nowMs,
  client_ip: '198.51.100.7',
  hostname: 'kong-1',
  workspace_name: 'default',
  latencies: { request: 12 },
  request: { method: 'GET', uri: '/v1/items', size: 100, headers: { host: 'api.example.com' } },
  response: { status: 200, size: 900 },
  consumer: { username: 'shop' },
  authenticated_entity: { id: 'cred-good' },
})

const texts = [
  ...['token', 'credentialId', 'consumer', 'application', 'tenant', 'ip', 'country', 'method'],
  ...['host', 'path', 'route', 'model', 'userAgent', 'ja3', 'requestId', 'gateway', 'node'],
]
const quantities = [
  ...['asn', 'latencyMs', 'bytesIn', 'bytesOut', 'llmTokensIn', 'llmTokensOut', 'costUsd'],
]

/** @param secret - stands in every record: it must come out of none */
export function hostileRecords(nowMs: number, secret: string): readonly HostileRecord[] {
  const nested = { nested: secret }
  const own = (changes: object) => JSON.stringify({ ...ordinaryCall(nowMs), ...changes })
  const kong = (changes: object) => JSON.stringify({ ...kongCall(nowMs), ...changes })
  const rejected = (
    what: string,
    content: string | Buffer,
    reason: RejectReason,
    field?: string,
  ): HostileRecord => ({ what, content, reason, field })
  const accepted = (what: string, content: string): HostileRecord => ({
    what,
    content,
    reason: undefined,
    field: undefined,
  })
  const { request } = kongCall(nowMs)
  const deep = (open: string, close: string) => `${open.repeat(10_000)}1${close.repeat(10_000)}`

  return [
    ...texts.map(name => rejected(`own ${name}`, own({ [name]: nested }), 'wrong_type', name)),
    ...quantities.map(name => rejected(`own ${name}`, own({ [name]: secret }), 'wrong_type', name)),
    ...['tokenIssuedAt', 'tokenExpiresAt'].map(name =>
      rejected(`own ${name}`, own({ [name]: nested }), 'bad_time', name),
    ),
    rejected('own ts', own({ ts: nested }), 'bad_time', 'ts'),
    rejected('own status', own({ status: secret }), 'bad_status', 'status'),
    accepted('own scopes', own({ scopes: nested })),
    accepted('own object key', own({ objectKey: nested })),

    rejected('kong time', kong({ started_at: secret }), 'bad_time', 'ts'),
    rejected('kong address', kong({ client_ip: secret }), 'bad_address', 'ip'),
    rejected('kong latencies', kong({ latencies: secret }), 'unknown_format'),
    rejected('kong request', kong({ request: secret }), 'unknown_format'),
    rejected(
      'kong method',
      kong({ request: { ...request, method: nested } }),
      'missing_method',
      'method',
    ),
    rejected('kong uri', kong({ request: { ...request, uri: nested } }), 'missing_path', 'path'),
    rejected('kong status', kong({ response: { status: secret } }), 'bad_status', 'status'),
    ...['hostname', 'workspace_name', 'response', 'consumer', 'authenticated_entity'].map(name =>
      accepted(`kong ${name}`, kong({ [name]: [nested] })),
    ),
    ...['headers', 'size', 'id', 'url'].map(name =>
      accepted(`kong request.${name}`, kong({ request: { ...request, [name]: [nested] } })),
    ),

    rejected('text', `what is this ${secret}`, 'not_json'),
    rejected('cut JSON', own({ token: secret }).slice(0, -9), 'not_json'),
    rejected('a number', '42', 'wrong_type'),
    rejected('a JSON text', JSON.stringify(secret), 'wrong_type'),
    rejected('null', 'null', 'wrong_type'),
    rejected('an object without a key', '{}', 'unknown_format'),
    rejected('an array without an element', '[]', 'empty_record'),
    rejected('no format', JSON.stringify({ hello: secret, [secret]: 1 }), 'unknown_format'),
    accepted('no token', own({ credentialId: undefined })),
    rejected(
      'no token and no address',
      own({ credentialId: undefined, ip: undefined }),
      'missing_identity',
      'token',
    ),
    rejected('no time', own({ ts: null }), 'missing_time', 'ts'),
    rejected('no method', own({ method: undefined }), 'missing_method', 'method'),
    rejected('no path', own({ path: undefined }), 'missing_path', 'path'),

    rejected('the year 1970', own({ ts: 0 }), 'time_before_2000', 'ts'),
    rejected('1970 as text', own({ ts: '1970-01-01T00:00:01Z' }), 'time_before_2000', 'ts'),
    rejected('the year 2100', own({ ts: Date.UTC(2100, 0, 1) }), 'time_in_future', 'ts'),
    rejected('the year 275760 and more', own({ ts: 1e300 }), 'time_in_future', 'ts'),
    rejected('a date that is none', own({ ts: '2026-02-31T00:00:00Z' }), 'bad_time', 'ts'),

    rejected('deep objects', deep('{"a":', '}'), 'too_deep'),
    rejected('deep arrays', deep('[', ']'), 'too_deep'),
    accepted('a call with a deep field', own({ extra: 0 }).replace('0}', `${deep('[', ']')}}`)),
    accepted('a long path', own({ path: `/v1/${'x'.repeat(200_000)}` })),
    rejected(
      'thousands of keys',
      JSON.stringify(
        Object.fromEntries(Array.from({ length: 5_000 }, (_, at) => [`k${at}`, secret])),
      ),
      'unknown_format',
    ),

    rejected('bytes', Buffer.from([0xff, 0xfe, 0x00, 0x01, 0x80, 0xc3, 0x28]), 'not_text'),
    rejected(
      'gzip in a record',
      Buffer.from(gzipSync(own({})).map(byte => (byte === 10 ? 11 : byte))),
      'not_text',
    ),
    rejected('NUL in text', `GET /${'\0'} ${secret}`, 'not_text'),
    rejected('NUL in JSON', own({ token: 'a_b' }).replace('a_b', `a\0${secret}`), 'not_text'),
    accepted('NUL as an escape', own({ userAgent: 'a\0b/1.0' })),
    accepted(
      'lone surrogates',
      own({ userAgent: 'a/1 \ud800', path: '/v1/\udfff', consumer: '\ud800' }),
    ),
    accepted('bytes that are no UTF-8 in a text', own({ userAgent: 'a/1 ÿ' })),
    accepted(
      'escape sequences',
      own({ consumer: '\u001b[2J\u001b]0;owned\u0007', tenant: '\u202eemca\u{1f600}' }),
    ),

    rejected(
      'an infinite status',
      own({ status: 7_777 }).replace('7777', '1e400'),
      'bad_status',
      'status',
    ),
    rejected(
      'an infinite latency',
      own({ latencyMs: 7_777 }).replace('7777', '1e400'),
      'wrong_type',
      'latencyMs',
    ),
    accepted(
      'huge numbers',
      own({
        bytesIn: 1e308,
        bytesOut: 2 ** 64,
        latencyMs: 1e308,
        costUsd: 1e308,
        objectKey: 2 ** 60,
      }),
    ),
    accepted(
      'counters and times beyond all bounds',
      own({
        asn: 2 ** 40,
        llmTokensIn: 2 ** 53,
        llmTokensOut: 2 ** 53,
        bytesIn: 2 ** 53,
        tokenIssuedAt: -1e15,
        tokenExpiresAt: 1e300,
      }),
    ),
    accepted(
      'duplicate keys',
      own({ path: '/v1/one' }).replace('}', ',"path":"/v1/two","ip":"203.0.113.9"}'),
    ),
    accepted(
      '__proto__ beside',
      own({ x: 1 }).replace('"x":1', '"__proto__":{"status":500,"token":"evil"}'),
    ),
    accepted(
      'constructor beside',
      own({ constructor: { prototype: { status: 500 } }, toString: 'x', hasOwnProperty: 1 }),
    ),
    accepted(
      '__proto__ among headers',
      kong({ request: { ...request, headers: { x: 1 } } }).replace(
        '"x":1',
        '"__proto__":{"apikey":"evil"},"constructor":"x"',
      ),
    ),
    rejected('__proto__ alone', `{"__proto__":${own({})}}`, 'unknown_format'),
  ]
}
