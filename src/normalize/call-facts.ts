import { createBoundedCache } from '../lib/bounded-cache.ts'
import { clientBehindProxies, compileProxies } from './client-address.ts'
import { readQueryCredentials } from './credentials.ts'
import type { Draft } from './draft.ts'
import { hash53 } from './hash-53.ts'
import {
  createAddressBook,
  type LocatedAddress,
  type NetworkLookup,
  noAddress,
} from './network-lookup.ts'
import { type PathFacts, readPath } from './path-facts.ts'
import { textOf } from './raw-value.ts'
import { redacted, redactSecrets } from './redact.ts'
import type { RouteTable } from './route-table.ts'
import type { NormalizeSettings } from './settings.ts'
import { splitTarget } from './split-target.ts'
import type { Agent, TextCleaner } from './text-cleaner.ts'

/** What was called. */
export interface Target {
  readonly path: string
  readonly route: string
  readonly objectKey: number | undefined
  /** Of an absolute target. */
  readonly host: string | undefined
}

/** RFC 9110, PATCH, WebDAV, and what caches use; all others count as one, so that they cannot multiply. */
const methods = new Set(
  'GET HEAD POST PUT DELETE CONNECT OPTIONS TRACE PATCH PROPFIND PROPPATCH MKCOL COPY MOVE LOCK UNLOCK SEARCH REPORT PURGE LINK UNLINK QUERY'.split(
    ' ',
  ),
)

const cachedPathLengthMax = 300

function noteLeak(draft: Draft, name: string): void {
  if (!draft.leaks.includes(name)) draft.leaks.push(name)
}

/** Upper case; undefined where there is none or what stands there is no method. */
function methodOf({ method }: Draft): string | undefined {
  if (typeof method !== 'string' || method === '') return undefined
  if (methods.has(method)) return method
  const upper = method.toUpperCase()
  if (methods.has(upper)) return upper
  return /^[A-Z][A-Z0-9_.-]{0,31}$/.test(upper) ? 'OTHER' : undefined
}

/** A record may name the object itself: a whole number as it is, a text hashed like a path's ids. */
function objectKeyOf(value: unknown, hashSeed: number): number | undefined {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value
  return typeof value === 'string' && value !== '' ? hash53(value, hashSeed) : undefined
}

/** Reads the call's own facts from a draft: method, address, target, agent. */
export function createCallReader(options: {
  readonly clean: TextCleaner
  readonly settings: NormalizeSettings
  readonly networks: NetworkLookup
  readonly routes: RouteTable
  readonly hashSeed: number
}) {
  const { clean, settings } = options
  return {
    method: methodOf,
    address: createAddressReader(options.networks, settings),
    target: createTargetReader(options),
    agent(draft: Draft): Agent {
      const agent = clean.agent(textOf(draft.userAgent), draft.secrets)
      if (agent.text.includes(redacted)) noteLeak(draft, 'userAgent')
      return agent
    },
  }
}

/** The client's address; undefined where something stands there that is no address. */
function createAddressReader(networks: NetworkLookup, settings: NormalizeSettings) {
  const find = createAddressBook(networks, settings.cacheEntriesMax)
  const isProxy = compileProxies(settings.trustedProxies)

  return (draft: Draft): LocatedAddress | undefined => {
    const text = textOf(draft.socketAddress)
    if (text === undefined || text === 'unknown' || text.startsWith('unix:')) return noAddress
    const peer = find(text)
    if (peer === undefined || !isProxy(peer.ip)) return peer
    const forwardedFor = textOf(draft.forwardedFor)
    if (forwardedFor !== undefined) {
      return find(clientBehindProxies(peer, forwardedFor, isProxy).ip)
    }
    const real = textOf(draft.realAddress)
    return (real === undefined ? undefined : find(real)) ?? peer
  }
}

/** Path and route; undefined where a record names neither. Reads the query's credentials. */
function createTargetReader({
  clean,
  settings,
  routes,
  hashSeed,
}: Parameters<typeof createCallReader>[0]) {
  const paths = createBoundedCache<PathFacts>(settings.cacheEntriesMax)

  function factsOf(path: string): PathFacts {
    const known = paths.get(path)
    if (known !== undefined) return known
    const facts = readPath(path, hashSeed)
    if (path.length <= cachedPathLengthMax) paths.set(path, facts)
    return facts
  }

  function scrubbed(text: string, draft: Draft): PathFacts {
    const safe = draft.secrets.length === 0 ? text : redactSecrets(text, draft.secrets)
    const facts = factsOf(safe)
    if (facts.hasCredential || safe !== text) noteLeak(draft, 'path')
    return facts
  }

  /** The log's own where it is a template, else from the path; a name where there is no path. */
  function routeOf(draft: Draft, facts: PathFacts | undefined): string | undefined {
    const logged = textOf(draft.route)
    if (logged?.startsWith('/') === true) return scrubbed(logged, draft).route
    return facts?.route ?? clean.name(logged, draft.secrets)
  }

  return (draft: Draft, status: number): Target | undefined => {
    const text = textOf(draft.target)
    const { path, query, host, userinfo } = splitTarget(text ?? '')
    if (query !== '') readQueryCredentials(query, 'query', draft)
    if (userinfo !== undefined) {
      noteLeak(draft, 'url.userinfo')
      draft.secrets.push(userinfo, userinfo.slice(userinfo.indexOf(':') + 1))
    }
    const facts = text === undefined ? undefined : scrubbed(path, draft)
    const route = routeOf(draft, facts)
    if (route === undefined) return undefined
    return {
      path: facts?.path ?? '',
      route: routes.intern(route, status < 400),
      objectKey: objectKeyOf(draft.objectKey, hashSeed) ?? facts?.objectKey,
      host,
    }
  }
}
