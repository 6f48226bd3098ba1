import { expect, test } from 'vitest'
import { relayStart } from '../../../src/ingest/relay/relay-position.ts'

const stream = { source: 'access', partition: 2 }
const nothing = { committed: -1, begin: 100, end: 500, direct: -1, relayed: -1 } as const
const from = (changes: Partial<Parameters<typeof relayStart>[1]>) =>
  relayStart(stream, { ...nothing, startAt: 'earliest', ...changes })

test('a commit of the group decides, also the first one', () => {
  expect(from({ committed: 321, direct: 400, relayed: 450 })).toBe(321)
  expect(from({ committed: 0, begin: 0, startAt: 'latest' })).toBe(0)
})

test('without one it begins as the settings say', () => {
  expect(from({})).toBe(100)
  expect(from({ startAt: 'latest' })).toBe(500)
})

test('what was stored before there was an internal topic is not read again', () => {
  expect(from({ direct: 299 })).toBe(300)
  expect(from({ direct: 299, startAt: 'latest' })).toBe(300)
  expect(from({ direct: 50 })).toBe(100)
})

test('when the commits are gone, all is read again: what was relayed is dropped behind it', () => {
  expect(from({ relayed: 450 })).toBe(100)
  expect(from({ relayed: 450, startAt: 'latest' })).toBe(100)
  expect(from({ relayed: 450, direct: 299 })).toBe(300)
})

test('a topic that ends before what is stored of it was made anew', () => {
  const reset = expect.objectContaining({ code: 'source_reset' })
  expect(() => from({ begin: 0, end: 40, relayed: 40 })).toThrow(reset)
  expect(() => from({ begin: 0, end: 40, direct: 40 })).toThrow(reset)
  expect(from({ begin: 0, end: 41, relayed: 40 })).toBe(0)
})
