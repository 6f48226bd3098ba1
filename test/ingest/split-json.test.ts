import fc from 'fast-check'
import { expect, test } from 'vitest'
import { splitJson } from '../../src/ingest/split-json.ts'

const split = (text: string) => splitJson(Buffer.from(text))?.map(String)
const container = fc.oneof(fc.dictionary(fc.string(), fc.json()), fc.array(fc.jsonValue()))
const layout = fc.constantFrom(undefined, 0, 2, '\t')

test('the elements of an array come out as they were, whatever is in them', () => {
  fc.assert(
    fc.property(fc.array(fc.jsonValue()), layout, (values, space) => {
      const parts = splitJson(Buffer.from(JSON.stringify(values, null, space)))
      expect(parts?.map(part => JSON.parse(String(part)))).toEqual(
        JSON.parse(JSON.stringify(values)),
      )
    }),
  )
})

test('values one after the other come out one by one', () => {
  fc.assert(
    fc.property(fc.array(container, { minLength: 2 }), layout, (values, space) => {
      const texts = values.map(value => JSON.stringify(value, null, space))
      expect(split(texts.join('\n'))).toEqual(texts)
    }),
  )
})

test('any bytes end the scan, and what comes out lies within them', () => {
  const bytes = fc.oneof(
    fc.uint8Array(),
    fc.string({ unit: fc.constantFrom(...'{}[]",\\ 1a:\n') }).map(text => Buffer.from(text)),
  )
  fc.assert(
    fc.property(bytes, input => {
      const parts = splitJson(Buffer.from(input)) ?? []
      const total = parts.reduce((sum, { length }) => sum + length, 0)
      expect(total).toBeLessThanOrEqual(input.length)
      expect(parts.every(({ length }) => length > 0)).toBe(true)
    }),
  )
})

test.each([
  ['', []],
  [' [ ] ', []],
  ['[1, "a\\"]b" ,{"x":[2]}]', ['1', '"a\\"]b"', '{"x":[2]}']],
  ['{"a":"\\\\"}', ['{"a":"\\\\"}']],
  ['[{"a":1}', undefined],
  ['[1,,2]', undefined],
  ['[1 2]', undefined],
  ['[Mon Mar 04 10:00:00 2024] [error] not found', undefined],
  ['{"a":"', undefined],
])('%j gives %j', (text, parts) => {
  expect(split(text)).toEqual(parts)
})
