import fc from 'fast-check'
import { expect, test } from 'vitest'

import { parseIpv4Asns, parseIpv6Asns } from '../../src/ingest/asn-table.ts'

const ipv4 = (text: string) => Buffer.from(text.split('.').map(Number)).readUInt32BE()

test('finds the range of an address at both of its ends, and nothing beside it', () => {
  const csv = `${ipv4('198.51.100.0')},${ipv4('198.51.100.255')},64496,"Example, Inc."
${ipv4('203.0.112.0')},${ipv4('203.1.0.9')},64500,Long over two blocks
not,a,line
${ipv4('255.255.255.0')},${ipv4('255.255.255.255')},64501,Last
`
  const table = parseIpv4Asns(Buffer.from(csv))
  const asnOf = (text: string) => table.find(ipv4(text))
  expect(table.ranges).toBe(3)
  expect(['198.51.100.0', '198.51.100.255'].map(asnOf)).toEqual([64_496, 64_496])
  expect(['198.51.99.255', '198.51.101.0', '0.0.0.0'].map(asnOf)).toEqual([0, 0, 0])
  expect(
    ['203.0.112.0', '203.0.255.255', '203.1.0.0', '203.1.0.9', '203.1.0.10'].map(asnOf),
  ).toEqual([64_500, 64_500, 64_500, 64_500, 0])
  expect(asnOf('255.255.255.255')).toBe(64_501)
})

test('agrees with a walk over all ranges', () => {
  const gap = fc.integer({ min: 0, max: 200_000 })
  fc.assert(
    fc.property(fc.array(fc.tuple(gap, gap), { maxLength: 60 }), gap, (steps, probe) => {
      let at = 0
      const ranges = steps.map(([before, length], index) => {
        const start = at + before
        at = start + length + 1
        return { start, end: start + length, asn: index + 1 }
      })
      const csv = ranges.map(({ start, end, asn }) => `${start},${end},${asn},name`).join('\n')
      const table = parseIpv4Asns(Buffer.from(csv))
      const probes = [
        probe,
        ...ranges.flatMap(({ start, end }) => [start - 1, start, end, end + 1]),
      ]
      for (const address of probes.filter(value => value >= 0)) {
        const expected = ranges.find(({ start, end }) => start <= address && address <= end)
        expect(table.find(address)).toBe(expected?.asn ?? 0)
      }
    }),
    { numRuns: 50 },
  )
})

test('finds an IPv6 range by the upper half of the address', () => {
  const start = 0x2001_0db8_0001n << 80n
  const csv = `${start},${start + (1n << 80n) - 1n},64502,Example\nbroken,line,1,x\n`
  const table = parseIpv6Asns(Buffer.from(csv))
  expect(table.find(0x2001_0db8_0001_0000n)).toBe(64_502)
  expect(table.find(0x2001_0db8_0001_ffffn)).toBe(64_502)
  expect(table.find(0x2001_0db8_0002_0000n)).toBe(0)
  expect(table.find(0x2001_0db8_0000_ffffn)).toBe(0)
})
