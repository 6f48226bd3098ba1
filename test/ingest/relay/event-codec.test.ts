import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { AccessEvent, Fingerprint } from '../../../src/domain/access-event.ts'
import { rejectReasons } from '../../../src/domain/reject.ts'
import type { RecordNormalizer } from '../../../src/ingest/prepare-batch.ts'
import { decodeEvent, encodeEvent } from '../../../src/ingest/relay/event-codec.ts'
import { createEventDecoder } from '../../../src/ingest/relay/event-decoder.ts'
import { anEvent } from '../../support/traffic.ts'

const position = { source: 'events.internal', partition: 3, offset: 41, index: 0 }

const whole = (max: number) => fc.integer({ min: 0, max })
const optional = <Value>(values: fc.Arbitrary<Value>) => fc.option(values, { nil: undefined })
const text = fc.string({ unit: 'binary', maxLength: 40 })
const texts = fc.array(text, { maxLength: 5 })
/** JSON knows no negative zero; neither does a measured amount. */
const amount = optional(fc.double({ min: 0, noNaN: true, noDefaultInfinity: true }).map(Math.abs))
const time = whole(8.64e15)
const hex = fc
  .uint8Array({ minLength: 16, maxLength: 16 })
  .map(bytes => Buffer.from(bytes).toString('hex') as Fingerprint)
const word = <Word extends string>(...words: readonly Word[]) => fc.constantFrom(...words)

const event: fc.Arbitrary<AccessEvent> = fc.record({
  source: text,
  partition: whole(65_535),
  offset: whole(Number.MAX_SAFE_INTEGER),
  index: whole(65_535),
  origin: fc.constant(undefined),
  ts: time,
  entity: word('token', 'address'),
  token: hex,
  tokenHint: text,
  credentialId: optional(text),
  consumer: optional(text),
  application: optional(text),
  tenant: text,
  scopes: optional(texts),
  tokenIssuedAtMs: optional(time),
  tokenExpiresAtMs: optional(time),
  ip: fc.oneof(fc.ipV4(), fc.ipV6(), fc.constant('')),
  prefix: text,
  asn: whole(2 ** 32 - 1),
  country: text,
  networkType: word('hosting', 'mobile', 'residential', 'vpn', 'tor', 'private', 'unknown'),
  gateway: text,
  node: text,
  method: text,
  host: text,
  route: text,
  path: text,
  objectKey: optional(whole(Number.MAX_SAFE_INTEGER)),
  status: whole(599),
  authOutcome: word('ok', 'denied', 'failed', 'throttled'),
  latencyMs: amount,
  bytesIn: amount,
  bytesOut: amount,
  llmTokensIn: amount,
  llmTokensOut: amount,
  costUsd: amount,
  model: optional(text),
  userAgent: text,
  client: text,
  ja3: optional(text),
  requestId: optional(text),
  leaks: texts,
})

/** The values of a real event, to be spoiled. */
const valuesOf = (one: AccessEvent) => JSON.parse(encodeEvent(one)) as unknown[]
const decodeValues = (values: unknown) => decodeEvent(Buffer.from(JSON.stringify(values)), position)

test('every event comes back exactly, with the position of its record as its origin', () => {
  fc.assert(
    fc.property(event, one => {
      const { source, partition, offset, index } = one
      expect(decodeEvent(Buffer.from(encodeEvent(one)), position)).toStrictEqual({
        ok: true,
        value: { ...one, ...position, origin: { source, partition, offset, index } },
      })
    }),
    { numRuns: 1_000 },
  )
})

describe('what is no event is refused with a reason, and nothing throws', () => {
  test('any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), bytes => {
        const decoded = decodeEvent(Buffer.from(bytes), position)
        expect(decoded.ok).toBe(false)
        if (!decoded.ok) expect(rejectReasons).toContain(decoded.reason)
      }),
    )
  })

  test('any JSON', () => {
    fc.assert(
      fc.property(fc.jsonValue(), value => {
        expect(decodeValues(value).ok).toBe(false)
      }),
    )
  })

  test('any value in any column is taken as it is, or refused by the name of the column', () => {
    const known = valuesOf(anEvent())
    fc.assert(
      fc.property(fc.integer({ min: 1, max: known.length - 1 }), fc.jsonValue(), (at, value) => {
        const decoded = decodeValues(known.with(at, value))
        if (decoded.ok) {
          const again = { ...decoded.value, ...decoded.value.origin }
          expect(valuesOf(again)).toStrictEqual(JSON.parse(JSON.stringify(known.with(at, value))))
        } else expect(decoded).toMatchObject({ reason: 'wrong_type', field: expect.any(String) })
      }),
      { numRuns: 2_000 },
    )
  })

  test.each([
    ['nothing', Buffer.alloc(0), 'empty_record'],
    ['a half record', Buffer.from(encodeEvent(anEvent()).slice(0, 100)), 'not_json'],
    ['another version', Buffer.from('[2,"access"]'), 'unknown_format'],
    ['no array', Buffer.from('{"version":1}'), 'unknown_format'],
    ['a column too many', Buffer.from(JSON.stringify([...valuesOf(anEvent()), 1])), 'wrong_type'],
    ['what no event reaches', Buffer.alloc(1_048_577, ' '), 'record_too_long'],
  ])('%s', (_, bytes, reason) => {
    expect(decodeEvent(bytes, position)).toEqual({ ok: false, reason, field: undefined })
  })

  test.each([
    ['token', 7, 'A'.repeat(32)],
    ['token', 7, 'sk_live_raw'],
    ['ip', 16, 'fe80::1%eth0'],
    ['ip', 16, 'example.com'],
    ['partition', 2, 65_536],
    ['offset', 3, -1],
    ['ts', 5, 1.5],
    ['status', 28, 1_000],
    ['leaks', 41, [1]],
  ])('%s in column %i must not be %j', (field, at, value) => {
    const decoded = decodeValues(valuesOf(anEvent()).with(at, value))
    expect(decoded).toEqual({ ok: false, reason: 'wrong_type', field })
  })
})

test('the internal topic is decoded, every other source normalized', () => {
  const gateways: RecordNormalizer = {
    normalize: ({ content }, sink) => sink.event(anEvent({ path: content.toString() })),
  }
  const decoder = createEventDecoder('events.internal', gateways)
  const taken: unknown[] = []
  const sink = { event: (one: AccessEvent) => taken.push(one.path), reject: taken.push.bind(taken) }
  const give = (source: string, content: string) =>
    decoder.normalize({ ...position, source, receivedMs: 0, content: Buffer.from(content) }, sink)
  give('events.internal', encodeEvent(anEvent({ path: '/relayed' })))
  give('http.main', '/direct')
  give('events.internal', '{"path":"/direct"}')
  expect(taken.slice(0, 2)).toEqual(['/relayed', '/direct'])
  expect(taken[2]).toEqual({
    ...position,
    ...{ reason: 'unknown_format', format: 'relayed', field: undefined, keys: [], bytes: 18 },
  })
})
