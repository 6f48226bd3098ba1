import { setSizes, start } from './layout.ts'
import { getDay, getKey, setDay, setKey, type TokenState } from './token-states.ts'

export interface IdentitySet {
  readonly keys: number
  readonly days: number
  readonly size: number
}

const identitySet = (keys: number, days: number, size: number): IdentitySet => ({
  keys,
  days,
  size,
})

/** What a token is known by: 32-bit keys and the day each was last seen. */
export const identitySets = {
  addresses: identitySet(start.addresses, start.addressesDay, setSizes.addresses),
  prefixes: identitySet(start.prefixes, start.prefixesDay, setSizes.prefixes),
  networks: identitySet(start.networks, start.networksDay, setSizes.networks),
  countries: identitySet(start.countries, start.countriesDay, setSizes.countries),
  endpoints: identitySet(start.endpoints, start.endpointsDay, setSizes.endpoints),
  clients: identitySet(start.clients, start.clientsDay, setSizes.clients),
} as const

/**
 * Mutates the set: marks `key` as seen on `day`; a new key takes an empty place, else the stalest.
 *
 * @param key - not 0
 * @returns the place that a new key took, -1 when it was known; O(size)
 */
export function remember(state: TokenState, set: IdentitySet, key: number, day: number): number {
  let used = 0
  while (used < set.size) {
    const known = getKey(state, set.keys + used)
    if (known === 0) break
    if (known === key) {
      if (day > getDay(state, set.days + used)) setDay(state, set.days + used, day)
      return -1
    }
    used++
  }
  const place = used < set.size ? used : stalestOf(state, set)
  setKey(state, set.keys + place, key)
  setDay(state, set.days + place, day)
  return place
}

/** Whether the set has the key; 0, where the log does not say, is no news. O(size) */
export function isKnown(state: TokenState, set: IdentitySet, key: number): boolean {
  if (key === 0) return true
  for (let i = 0; i < set.size; i++) if (getKey(state, set.keys + i) === key) return true
  return false
}

function stalestOf(state: TokenState, set: IdentitySet): number {
  let place = 0
  for (let i = 1; i < set.size; i++) {
    if (getDay(state, set.days + i) < getDay(state, set.days + place)) place = i
  }
  return place
}
