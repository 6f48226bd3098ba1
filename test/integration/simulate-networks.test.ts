import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { type CountryResponse, Reader } from 'mmdb-lib'
import { expect, test } from 'vitest'

import { networks } from '../../src/simulate/networks.ts'

const require = createRequire(import.meta.url)
const read = (file: string) => readFileSync(require.resolve(file))
const numberOf = (ip: string) => ip.split('.').reduce((sum, byte) => sum * 256 + Number(byte), 0)

test('every /24 of the networks has the AS number and the country of the address databases', () => {
  const countries = new Reader<CountryResponse & { country_code: string }>(
    read('@ip-location-db/geo-whois-asn-country-mmdb/geo-whois-asn-country-ipv4.mmdb'),
  )
  const ranges = read('@ip-location-db/asn/asn-ipv4-num.csv')
    .toString('latin1')
    .split('\n')
    .map(line => line.split(',', 3).map(Number))
  const asnOf = (ip: string) => {
    const value = numberOf(ip)
    return ranges.find(([from = 0, to = 0]) => value >= from && value <= to)?.[2]
  }
  for (const { base, asn, country } of networks) {
    const subnets = [0, 1, 31, 64, 100, 127, 128, 160, 200, 255].map(
      subnet => `${base}.${subnet}.9`,
    )
    for (const ip of subnets) {
      expect([ip, asnOf(ip), countries.get(ip)?.country_code]).toEqual([ip, asn, country])
    }
  }
})
