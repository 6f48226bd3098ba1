import type { NetworkType } from '../domain/access-event.ts'
import { createBoundedCache } from '../lib/bounded-cache.ts'
import { type Address, parseAddress } from './client-address.ts'

/** What offline databases know of an address. */
export interface NetworkFacts {
  /** 0 for unknown. */
  readonly asn: number
  /** ISO 3166-1 alpha-2, empty for unknown. */
  readonly country: string
  readonly networkType: NetworkType
}

/** Looks an address up, in canonical text; total. */
export interface NetworkLookup {
  find(ip: string): NetworkFacts
}

/** An address with all that is known of it. */
export interface LocatedAddress extends Address, NetworkFacts {}

/** Where neither the log nor a proxy names the client. */
export const noAddress: LocatedAddress = {
  ip: '',
  prefix: '',
  asn: 0,
  country: '',
  networkType: 'unknown',
}

/** Both look-ups, remembered: addresses as logged, and the facts of canonical ones. */
export function createAddressBook(networks: NetworkLookup, cacheEntriesMax: number) {
  const parsed = createBoundedCache<Address>(cacheEntriesMax)
  const located = createBoundedCache<LocatedAddress>(cacheEntriesMax)

  return {
    /** Undefined for what is no address. */
    parse(text: string): Address | undefined {
      const known = parsed.get(text)
      if (known !== undefined) return known
      const address = parseAddress(text)
      if (address !== undefined && text.length <= 64) parsed.set(text, address)
      return address
    },
    locate(address: Address): LocatedAddress {
      const known = located.get(address.ip)
      if (known !== undefined) return known
      const { asn, country, networkType } = networks.find(address.ip)
      const { ip, prefix } = address
      const made = { ip, prefix, asn, country, networkType }
      located.set(ip, made)
      return made
    },
  }
}
