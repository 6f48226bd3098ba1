import type { Call } from './call.ts'
import { counted } from './counted.ts'
import { type IdentitySet, identitySets, isKnown, remember } from './identity-sets.ts'
import { knownKey } from './known-values.ts'
import { at, setSizes, start } from './layout.ts'
import type { Population } from './population.ts'
import { get, getDay, getKey, set, setDay, type TokenState } from './token-states.ts'
import { isYoungSource, markYoung } from './young-sources.ts'

/** Back on a network within this time after another: the two are in use at once. */
const flipMs = 3_600_000
/** A network is young to a token for its first days. */
const youngNetworkDays = 4
/** A token of that many active days has established networks. */
const establishedDays = 3

const bit = (kind: number) => 1 << kind

/**
 * Mutates token, population and `call.signals`: sets learn the call's values, signals say which were
 * new to the token, and of those which are foreign to its peer group.
 */
export function meetCall(state: TokenState, population: Population, call: Call): void {
  if (call.networkKey !== 0) meetNetworkFlip(state, call)
  meetNetwork(state, population, call)
  meetValue(state, population, call, countries)
  if (meetValue(state, population, call, clients) && !call.isFirst) {
    markYoung(state, call.clientKey, call.second)
  }
  call.isYoungSource = isYoungSource(state, call, call.second)
  meetValue(state, population, call, endpoints)
  if (call.isFirst) call.signals = 0
  else addOutcomeSignals(state, call)
}

interface ValueKind {
  readonly set: IdentitySet
  readonly key: 'networkKey' | 'countryKey' | 'clientKey' | 'endpointKey'
  readonly whenNew: number
  readonly whenForeign: number
}

const networks: ValueKind = {
  set: identitySets.networks,
  key: 'networkKey',
  whenNew: counted.newNetwork,
  whenForeign: counted.foreignNetwork,
}
const countries: ValueKind = {
  set: identitySets.countries,
  key: 'countryKey',
  whenNew: counted.newCountry,
  whenForeign: counted.foreignCountry,
}
const clients: ValueKind = {
  set: identitySets.clients,
  key: 'clientKey',
  whenNew: counted.newClient,
  whenForeign: counted.foreignClient,
}
const endpoints: ValueKind = {
  set: identitySets.endpoints,
  key: 'endpointKey',
  whenNew: counted.newEndpoint,
  whenForeign: counted.foreignEndpoint,
}

/** Address, then prefix, then network: the next rung can be new only where the one before is. */
function meetNetwork(state: TokenState, population: Population, call: Call): void {
  if (remember(state, identitySets.addresses, call.addressKey, call.day) < 0) return
  call.signals |= bit(counted.newAddress)
  if (remember(state, identitySets.prefixes, call.prefixKey, call.day) < 0) return
  call.signals |= bit(counted.newPrefix)
  if (!call.isFirst) markYoung(state, call.prefixKey, call.second)
  meetValue(state, population, call, networks)
}

/** @returns whether the value was new to the token */
function meetValue(state: TokenState, population: Population, call: Call, kind: ValueKind) {
  const key = call[kind.key]
  if (key === 0) return false
  const place = remember(state, kind.set, key, call.day)
  if (place < 0) return false
  if (kind === networks) setDay(state, start.networksFirstDay + place, call.day)
  call.signals |= bit(kind.whenNew)
  const { hash } = population.groups[state.identity.group] ?? population.everyone
  const isFamiliar = population.known.sight(
    knownKey(hash, kind.whenNew, key),
    ownerHash(state),
    call.second,
    (kind !== countries && kind !== networks) || isLikeTheOwner(state, call),
  )
  if (!isFamiliar) call.signals |= bit(kind.whenForeign)
  return true
}

/**
 * Many tokens on one new network are a move when they go on as before, or a thief with a list of keys: what an
 * intruder's calls look like is not taken for known before half a day has passed.
 */
function isLikeTheOwner(state: TokenState, { event, clientKey, endpointKey }: Call): boolean {
  return (
    event.status < 400 &&
    isKnown(state, identitySets.clients, clientKey) &&
    isKnown(state, identitySets.endpoints, endpointKey)
  )
}

/** The first 32 bits of the fingerprint, or of the hash that stands for it. */
function ownerHash({ identity }: TokenState): number {
  return Number.parseInt(identity.token.slice(0, 8), 16) || 1
}

/** A, then B, then A again within an hour. Steps backward in time say nothing of interleaving. */
function meetNetworkFlip(state: TokenState, call: Call): void {
  const { ts } = call.event
  const current = get(state, at.network)
  if (ts < get(state, at.networkMs)) return
  if (call.networkKey !== current) {
    const previous = get(state, at.previousNetwork)
    if (call.networkKey === previous && ts - get(state, at.previousNetworkMs) < flipMs) {
      const isYoung =
        isYoungNetwork(state, call.networkKey, call.day) || isYoungNetwork(state, current, call.day)
      const isSuspect = isYoung && get(state, at.activeDays) > establishedDays
      call.signals |= bit(isSuspect ? counted.youngNetworkFlip : counted.networkFlip)
    }
    set(state, at.previousNetwork, current)
    set(state, at.previousNetworkMs, get(state, at.networkMs))
    set(state, at.network, call.networkKey)
  }
  set(state, at.networkMs, ts)
}

function isYoungNetwork(state: TokenState, key: number, day: number): boolean {
  for (let i = 0; i < setSizes.networks; i++) {
    if (getKey(state, start.networks + i) !== key) continue
    return day - getDay(state, start.networksFirstDay + i) < youngNetworkDays
  }
  return true
}

/** What the answer says, and the answer to something new or from somewhere new. */
function addOutcomeSignals(state: TokenState, call: Call): void {
  const { status, authOutcome } = call.event
  const isNewEndpoint = (call.signals & bit(counted.newEndpoint)) !== 0
  const isRefused = authOutcome === 'failed' || authOutcome === 'denied'
  if (authOutcome === 'failed') call.signals |= bit(counted.unauthorized)
  if (authOutcome === 'denied') call.signals |= bit(counted.forbidden)
  if (isNewEndpoint && status >= 400 && status < 500) call.signals |= bit(counted.probe)
  if (status === 404) call.signals |= bit(counted.missingObject)
  if (call.isOfOpenDay && get(state, at.isColdHour) === 1) {
    call.signals |= bit(counted.coldRequest)
  }
  if (!call.isYoungSource) return
  call.signals |= bit(counted.youngSourceRequest)
  if (isNewEndpoint) call.signals |= bit(counted.youngSourceEndpoint)
  if (isRefused) call.signals |= bit(counted.youngSourceFailure)
}
