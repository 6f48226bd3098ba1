import fc from 'fast-check'
import ipaddr from 'ipaddr.js'
import { expect, test } from 'vitest'
import { writeAddress } from '../../../src/store/native/write-address.ts'

function bytesOf(text: string): number[] | undefined {
  const buffer = new Uint8Array(18).fill(9)
  if (!writeAddress(text, buffer, 1)) return undefined
  expect([buffer[0], buffer[17]]).toEqual([9, 9])
  return [...buffer.subarray(1, 17)]
}

/** ipaddr.js takes ::192.0.2.1 for the address ::ffff:192.0.2.1, so it gets the form without dots. */
const inHexadecimal = (text: string) => new URL(`http://[${text}]`).hostname.slice(1, -1)

test('every address is written as ipaddr.js reads it', () => {
  fc.assert(
    fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), text => {
      const parsed = ipaddr.parse(text.includes(':') ? inHexadecimal(text) : text)
      const mapped =
        parsed.kind() === 'ipv4' ? (parsed as ipaddr.IPv4).toIPv4MappedAddress() : parsed
      expect(bytesOf(text)).toEqual(mapped.toByteArray())
    }),
  )
})

test.each([
  '::',
  '::1',
  '2001:db8::',
  '::ffff:192.0.2.1',
  '64:ff9b::192.0.2.33',
  '1:2:3:4:5:6:7::',
])('%s is written as ipaddr.js reads it', text => {
  expect(bytesOf(text)).toEqual(ipaddr.parse(text).toByteArray())
})

test('no address is ::', () => {
  expect(bytesOf('')).toEqual(Array(16).fill(0))
})

test.each([
  '1.2.3',
  '1.2.3.4.5',
  '1.2.3.256',
  '1.2.3.',
  '.1.2.3',
  '1.2.3.a',
  '1..2.3',
  'x',
  '1.2.3.4 ',
  ':::',
  '1::2::3',
  'fe80::1%eth0',
  '12345::',
])('%j is no address', text => {
  expect(bytesOf(text)).toBeUndefined()
})
