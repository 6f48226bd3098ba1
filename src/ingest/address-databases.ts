import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'

import ipaddr from 'ipaddr.js'
import { Reader, type Response } from 'mmdb-lib'

import type { NetworkType } from '../domain/access-event.ts'
import type { Logger } from '../telemetry/logger.ts'
import { type AsnTable, type AsnTable6, parseIpv4Asns, parseIpv6Asns } from './asn-table.ts'
import { networkTypeOf } from './network-type.ts'

/** What is known of an address; `normalize/` asks for exactly this. */
interface NetworkFacts {
  readonly asn: number
  readonly country: string
  readonly networkType: NetworkType
}

/** Where the address databases are: files of the npm packages, or others of the same form. */
export interface AddressDatabaseFiles {
  /** CSV `start,end,asn,name`, numeric, sorted. */
  readonly asnIpv4: string
  readonly asnIpv6: string
  /** MMDB whose records have `country_code`. */
  readonly country: string
}

const packageFiles: AddressDatabaseFiles = {
  asnIpv4: '@ip-location-db/asn/asn-ipv4-num.csv',
  asnIpv6: '@ip-location-db/asn/asn-ipv6-num.csv',
  country: '@ip-location-db/geo-whois-asn-country-mmdb/geo-whois-asn-country.mmdb',
}

/**
 * Loads the offline databases of networks and countries: about 0.4 s and 25 MB.
 *
 * A file that is missing or unreadable costs its facts, not the start: addresses are then of unknown
 * network or country, and a warning says so.
 *
 * @param options.files - module paths or absolute paths; default: the npm packages
 */
export async function loadAddressDatabases(options: {
  readonly log: Logger
  readonly files?: AddressDatabaseFiles
}): Promise<{ find(ip: string): NetworkFacts }> {
  const { log, files = packageFiles } = options
  const read = async <Database>(file: string, parse: (content: Buffer) => Database) => {
    try {
      return parse(await readFile(createRequire(import.meta.url).resolve(file)))
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable'
      log.warn({ file, code }, 'Address database not loaded: its facts stay unknown.')
      return undefined
    }
  }
  const asnsIpv4 = await read(files.asnIpv4, parseIpv4Asns)
  const asnsIpv6 = await read(files.asnIpv6, parseIpv6Asns)
  const countries = await read(files.country, content => new Reader<CountryRecord>(content))
  log.info(
    { rangesIpv4: asnsIpv4?.ranges ?? 0, rangesIpv6: asnsIpv6?.ranges ?? 0 },
    'Address databases loaded.',
  )
  return createNetworkLookup({ asnsIpv4, asnsIpv6, countries })
}

type CountryRecord = Response & { readonly country_code?: string }

/** Look-up in whatever could be loaded; total. */
function createNetworkLookup(databases: {
  readonly asnsIpv4: AsnTable | undefined
  readonly asnsIpv6: AsnTable6 | undefined
  readonly countries: Reader<CountryRecord> | undefined
}) {
  const { asnsIpv4, asnsIpv6, countries } = databases
  const nowhere: NetworkFacts = { asn: 0, country: '', networkType: 'unknown' }

  function asnOf(address: ipaddr.IPv4 | ipaddr.IPv6): number {
    const bytes = Buffer.from(address.toByteArray())
    return address.kind() === 'ipv4'
      ? (asnsIpv4?.find(bytes.readUInt32BE()) ?? 0)
      : (asnsIpv6?.find(bytes.readBigUInt64BE()) ?? 0)
  }

  function factsOf(ip: string): NetworkFacts {
    if (!ipaddr.isValid(ip)) return nowhere
    const address = ipaddr.process(ip)
    const text = address.toString()
    // Registries have entries for private and documentation ranges too, which mean nothing.
    if (address.range() !== 'unicast') return { ...nowhere, networkType: networkTypeOf(text, 0) }
    const asn = asnOf(address)
    const country = countries?.get(text)?.country_code ?? ''
    return { asn, country, networkType: networkTypeOf(text, asn) }
  }

  return { find: factsOf }
}
