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

/** Longer texts are no address as logs write them, and would fill the memory. */
const textLengthMax = 64

/** Both look-ups, remembered by the text that a log has. Undefined for what is no address. */
export function createAddressBook(networks: NetworkLookup, cacheEntriesMax: number) {
  const known = createBoundedCache<LocatedAddress>(cacheEntriesMax)

  return (text: string): LocatedAddress | undefined => {
    const found = known.get(text)
    if (found !== undefined) return found
    const address = parseAddress(text)
    if (address === undefined) return undefined
    const { ip, prefix } = address
    const { asn, country, networkType } = networks.find(ip)
    const located = { ip, prefix, asn, country, networkType }
    if (text.length <= textLengthMax) known.set(text, located)
    return located
  }
}
