import { createHmac } from 'node:crypto'
import { expect, test } from 'vitest'

import { createBoundedCache } from '../../src/lib/bounded-cache.ts'
import { createFingerprinter } from '../../src/normalize/fingerprint.ts'

const key = Buffer.alloc(32, 7)

test('a token is the first 128 bits of its HMAC, so that a gateway can compute it too', () => {
  const expected = createHmac('sha256', key).update('FAKE-TOKEN').digest('hex').slice(0, 32)
  expect(createFingerprinter(key).ofToken('FAKE-TOKEN')).toBe(expected)
})

test('token, credential and address of one text never meet, nor do two gateways', () => {
  const { ofToken, ofCredential, ofAddress } = createFingerprinter(key)
  const names = [
    ofToken('198.51.100.7'),
    ofAddress('198.51.100.7'),
    ofCredential('kong', '198.51.100.7'),
    ofCredential('apisix', '198.51.100.7'),
    ofCredential('', 'kong198.51.100.7'),
  ]
  expect(new Set(names).size).toBe(names.length)
})

test('another key gives other names, and a short key is refused', () => {
  const other = createFingerprinter(Buffer.alloc(32, 8))
  expect(other.ofToken('a')).not.toBe(createFingerprinter(key).ofToken('a'))
  expect(() => createFingerprinter(Buffer.alloc(15))).toThrow(RangeError)
})

test('the cache is bounded and keeps what is used', () => {
  const cache = createBoundedCache<number>(10)
  cache.set('kept', 1)
  for (let i = 0; i < 1_000; i += 1) {
    cache.set(`other-${i}`, i)
    expect(cache.get('kept')).toBe(1)
    expect(cache.size).toBeLessThanOrEqual(10)
  }
  expect(cache.get('other-0')).toBeUndefined()
})

test('long keys fill the cache before its entries do', () => {
  const cache = createBoundedCache<number>(10)
  for (let i = 0; i < 1_000; i += 1) cache.set(`${i}`.padStart(2_048, '-'), i)
  expect(cache.size).toBeLessThanOrEqual(2)
  expect(cache.get('999'.padStart(2_048, '-'))).toBe(999)
})
