import fc from 'fast-check'
import { expect, test } from 'vitest'

import {
  clientBehindProxies,
  compileProxies,
  parseAddress,
  parseIpv4,
} from '../../src/normalize/client-address.ts'

test.each([
  ['198.51.100.7', '198.51.100.7', '198.51.100.0/24'],
  ['198.51.100.7:5678', '198.51.100.7', '198.51.100.0/24'],
  [' "198.51.100.7" ', '198.51.100.7', '198.51.100.0/24'],
  ['::ffff:198.51.100.7', '198.51.100.7', '198.51.100.0/24'],
  ['[::ffff:c633:6407]:80', '198.51.100.7', '198.51.100.0/24'],
  ['255.255.255.255', '255.255.255.255', '255.255.255.0/24'],
  ['2001:db8:1:2::7', '2001:db8:1:2::7', '2001:db8:1::/48'],
  ['2001:0DB8:0001:0:0:0:0:7', '2001:db8:1::7', '2001:db8:1::/48'],
  ['[2001:db8::1]:443', '2001:db8::1', '2001:db8::/48'],
  ['fe80::1%eth0', 'fe80::1', 'fe80::/48'],
])('%s is %s of %s', (text, ip, prefix) => {
  expect(parseAddress(text)).toEqual({ ip, prefix })
})

test.each([
  '',
  'unknown',
  'client.example.com',
  '1.2.3',
  '1.2.3.4.5',
  '256.1.1.1',
  '1.2.3.4 extra',
  '01.2.3.4',
  '0x7f.1',
  '1.2.3.',
  '.1.2.3',
  '2001:db8:::1',
  ':'.repeat(100),
])('%j is no address', text => {
  expect(parseAddress(text)).toBeUndefined()
})

test('four octets are read as the number that they are', () => {
  const octet = fc.integer({ min: 0, max: 255 })
  fc.assert(
    fc.property(octet, octet, octet, octet, (a, b, c, d) => {
      expect(parseIpv4(`${a}.${b}.${c}.${d}`)).toBe(Buffer.from([a, b, c, d]).readUInt32BE())
    }),
  )
})

const isProxy = compileProxies(['192.0.2.0/28', '2001:db8:ffff::/48', '203.0.113.200'])
const peer = (ip: string) => parseAddress(ip) ?? { ip: '', prefix: '' }

test.each([
  [
    'a peer that is no proxy is believed, its header not',
    '198.51.100.7',
    '203.0.113.9',
    '198.51.100.7',
  ],
  [
    'behind one proxy the rightmost counts',
    '192.0.2.1',
    '203.0.113.9, 198.51.100.7',
    '198.51.100.7',
  ],
  [
    'behind two proxies the next one',
    '192.0.2.1',
    '203.0.113.9, 198.51.100.7, 192.0.2.2',
    '198.51.100.7',
  ],
  [
    'what the client wrote to the left is not read',
    '192.0.2.1',
    '10.0.0.1, 8.8.8.8, 198.51.100.7',
    '198.51.100.7',
  ],
  ['a proxy as single address', '203.0.113.200', '198.51.100.7', '198.51.100.7'],
  ['a proxy of IPv6', '2001:db8:ffff::1', '2001:db8:1::9', '2001:db8:1::9'],
  ['ports in the header', '192.0.2.1', '203.0.113.9, 198.51.100.7:5000', '198.51.100.7'],
  [
    'garbage on the right ends the walk at the proxy',
    '192.0.2.1',
    '198.51.100.7, unknown',
    '192.0.2.1',
  ],
  ['garbage behind a proxy ends it there', '192.0.2.1', '198.51.100.7, x, 192.0.2.2', '192.0.2.2'],
  ['only proxies: the leftmost of them', '192.0.2.1', '192.0.2.3, 192.0.2.2', '192.0.2.3'],
  ['an empty header', '192.0.2.1', '', '192.0.2.1'],
])('%s', (_, from, header, expected) => {
  expect(clientBehindProxies(peer(from), header, isProxy).ip).toBe(expected)
})

test('whatever a client sends, it cannot change what the proxy appended', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 3_000 }), sent => {
      const header = `${sent}, 198.51.100.7`
      expect(clientBehindProxies(peer('192.0.2.1'), header, isProxy).ip).toBe('198.51.100.7')
    }),
  )
})
