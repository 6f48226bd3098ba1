import { pino } from 'pino'
import { expect, test } from 'vitest'

import { loadAddressDatabases } from '../../src/ingest/address-databases.ts'

/** A logger whose lines can be looked at. */
function aLog() {
  const lines: { msg: string; code?: string }[] = []
  const log = pino({ level: 'warn' }, { write: line => lines.push(JSON.parse(line)) })
  return { log, lines }
}

test('the databases of npm know well-known networks', async () => {
  const { log, lines } = aLog()
  const networks = await loadAddressDatabases({ log })
  expect(networks.find('8.8.8.8')).toEqual({ asn: 15_169, country: 'US', networkType: 'unknown' })
  expect(networks.find('188.40.1.1')).toEqual({
    asn: 24_940,
    country: 'DE',
    networkType: 'hosting',
  })
  expect(networks.find('2600:1f18::1')).toMatchObject({ asn: 14_618, networkType: 'hosting' })
  expect(networks.find('10.1.2.3')).toEqual({ asn: 0, country: '', networkType: 'private' })
  expect(networks.find('198.51.100.1')).toEqual({ asn: 0, country: '', networkType: 'unknown' })
  expect(networks.find('garbage')).toEqual({ asn: 0, country: '', networkType: 'unknown' })
  expect(lines).toEqual([])
})

test('without the databases everything is unknown, and the log says so', async () => {
  const { log, lines } = aLog()
  const files = { asnIpv4: '@nowhere/asn', asnIpv6: '@nowhere/asn6', country: import.meta.filename }
  const networks = await loadAddressDatabases({ log, files })
  expect(networks.find('8.8.8.8')).toEqual({ asn: 0, country: '', networkType: 'unknown' })
  expect(networks.find('192.168.1.1')).toMatchObject({ networkType: 'private' })
  expect(lines.map(({ code }) => code)).toEqual([
    'MODULE_NOT_FOUND',
    'MODULE_NOT_FOUND',
    'unreadable',
  ])
})
