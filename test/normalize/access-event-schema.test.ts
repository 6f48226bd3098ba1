import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { Compile } from 'typebox/schema'
import { expect, test } from 'vitest'

import { createDraft } from '../../src/normalize/draft.ts'
import { tokenwatch } from '../../src/normalize/formats/tokenwatch.ts'
import { aNormalizer } from '../support/normalize.ts'

const schema = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../docs/access-event.schema.json'), 'utf8'),
)
const validator = Compile(schema)
const fields = Object.keys(schema.properties)

test('the schema names exactly the fields that are read', () => {
  const seen = new Set<string>()
  const record = new Proxy<Record<string, unknown>>(
    {},
    {
      get(_, name) {
        seen.add(String(name))
        return undefined
      },
    },
  )
  tokenwatch.read(record, createDraft())
  expect([...seen].toSorted()).toEqual(fields.toSorted())
})

const text = fc.constantFrom('alpha', 'beta-2', 'Bearer FAKE-TOKEN-1')
const quantity = fc.integer({ min: 0, max: 100_000 })
const time = fc.constantFrom('2026-01-05T09:00:01Z', 1_767_603_601_000)

/** For each field a value of its type; of all but three fields any may be missing. */
const rightValues: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  ts: time,
  tokenIssuedAt: time,
  tokenExpiresAt: time,
  scopes: fc.oneof(text, fc.array(text)),
  ip: fc.constantFrom('198.51.100.7', '[2001:db8::1]:443'),
  method: fc.constantFrom('GET', 'post'),
  path: fc.constantFrom('/v1/orders/1', 'https://api.example.com/v1?x=1'),
  route: fc.constant('/v1/orders/{id}'),
  status: fc.integer({ min: 100, max: 599 }),
  objectKey: fc.oneof(text, quantity),
  ...Object.fromEntries(
    ['asn', 'latencyMs', 'bytesIn', 'bytesOut', 'llmTokensIn', 'llmTokensOut', 'costUsd'].map(
      name => [name, quantity],
    ),
  ),
}
const rightRecord = fc.record(
  Object.fromEntries(fields.map(name => [name, rightValues[name] ?? text])),
  { requiredKeys: ['ts', 'ip', 'method', 'path'] },
)
const isAccepted = (record: unknown) =>
  aNormalizer()
    .run(JSON.stringify(record))
    .every(result => !('reason' in result))

test('what the schema allows is accepted', () => {
  fc.assert(
    fc.property(rightRecord, record => {
      expect(validator.Check(record)).toBe(true)
      expect(isAccepted(record)).toBe(true)
    }),
    { numRuns: 100 },
  )
})

test('a value of a wrong type is refused by both', () => {
  // Wrong in every field: none takes an object. Scopes and object keys are never a reason to refuse.
  const field = fc.constantFrom(...fields.filter(name => !['scopes', 'objectKey'].includes(name)))
  fc.assert(
    fc.property(rightRecord, field, (record, name) => {
      const wrong = { ...record, [name]: { nested: true } }
      expect(validator.Check(wrong)).toBe(false)
      expect(isAccepted(wrong)).toBe(false)
    }),
    { numRuns: 100 },
  )
})

test.each(['ts', 'method'])('a record without %s is refused by both', name => {
  const record = { ts: 1_767_603_601_000, token: 'FAKE-1', method: 'GET', path: '/' }
  expect([validator.Check(record), isAccepted(record)]).toEqual([true, true])
  const without = { ...record, [name]: undefined }
  expect(validator.Check(JSON.parse(JSON.stringify(without)))).toBe(false)
  expect(isAccepted(without)).toBe(false)
})

test('a record without a caller or without a target is refused by both', () => {
  const call = { ts: 1_767_603_601_000, method: 'GET', status: 200 }
  for (const record of [
    { ...call, path: '/' },
    { ...call, token: 'FAKE-1' },
  ]) {
    expect([validator.Check(record), isAccepted(record)]).toEqual([false, false])
  }
})
