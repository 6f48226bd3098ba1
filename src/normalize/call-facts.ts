import { createBoundedCache } from '../lib/bounded-cache.ts'
import { type Address, clientBehindProxies, type ProxyCheck } from './client-address.ts'
import { readQueryCredentials } from './credentials.ts'
import type { Draft } from './draft.ts'
import { hash53 } from './hash-53.ts'
import { type createAddressBook, type LocatedAddress, noAddress } from './network-lookup.ts'
import { type PathFacts, readPath } from './path-facts.ts'
import { textOf } from './raw-value.ts'
import { redactSecrets } from './redact.ts'
import { createRouteTable } from './route-table.ts'
import type { NormalizeSettings } from './settings.ts'
import type { Agent, TextCleaner } from './text-cleaner.ts'

/** What was called. */
export interface Target {
  readonly path: string
  readonly route: string
  readonly objectKey: number | undefined
  /** Of an absolute target. */
  readonly host: string | undefined
}

type AddressBook = ReturnType<typeof createAddressBook>

/** RFC 9110, PATCH, WebDAV, and what caches and proxies use; others are one, so that they cannot multiply. */
const methods = new Set(
  'GET HEAD POST PUT DELETE CONNECT OPTIONS TRACE PATCH PROPFIND PROPPATCH MKCOL COPY MOVE LOCK UNLOCK SEARCH REPORT PURGE LINK UNLINK QUERY'.split(
    ' ',
  ),
)

const absoluteTarget = /^[A-Za-z][A-Za-z0-9+.-]{1,9}:\/\/([^/?#]*)/

function noteLeak(draft: Draft, name: string): void {
  if (!draft.leaks.includes(name)) draft.leaks.push(name)
}

/** `http://user:password@host/path` is a credential in clear; the host is what follows the last `@`. */
function hostOf(authority: string, draft: Draft): string {
  const at = authority.lastIndexOf('@')
  if (at < 0) return authority
  noteLeak(draft, 'url.userinfo')
  const userinfo = authority.slice(0, at)
  draft.secrets.push(userinfo, userinfo.slice(userinfo.indexOf(':') + 1))
  return authority.slice(at + 1)
}

/** A record may name the object itself: a whole number as it is, a text hashed like a path's ids. */
function objectKeyOf(value: unknown, hashSeed: number): number | undefined {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value
  return typeof value === 'string' && value !== '' ? hash53(value, hashSeed) : undefined
}

/** Index of the first `?` or `#`, or the length. */
function pathEnd(target: string): number {
  const query = target.indexOf('?')
  const fragment = target.indexOf('#')
  if (query < 0) return fragment < 0 ? target.length : fragment
  return fragment < 0 ? query : Math.min(query, fragment)
}

/** Reads the call's own facts from a draft: method, address, target, agent. */
export function createCallReader(options: {
  readonly clean: TextCleaner
  readonly settings: NormalizeSettings
  readonly hashSeed: number
}) {
  const { clean, settings, hashSeed } = options
  const paths = createBoundedCache<PathFacts>(settings.cacheEntriesMax)
  const routes = createRouteTable(settings.routesMax)

  function factsOf(path: string): PathFacts {
    if (path.length > 300) return readPath(path, hashSeed)
    const known = paths.get(path)
    if (known !== undefined) return known
    const facts = readPath(path, hashSeed)
    paths.set(path, facts)
    return facts
  }

  function scrubbed(text: string, draft: Draft): PathFacts {
    const safe = draft.secrets.length === 0 ? text : redactSecrets(text, draft.secrets)
    const facts = factsOf(safe)
    if (facts.hasCredential || safe !== text) noteLeak(draft, 'path')
    return facts
  }

  /** A route of the log is a template already, or a name where the log has no path. */
  function routeOf(draft: Draft, facts: PathFacts | undefined): string | undefined {
    const logged = textOf(draft.route)
    if (logged?.startsWith('/') === true) return scrubbed(logged, draft).route
    return facts?.route ?? clean.name(logged, draft.secrets)
  }

  return {
    /** Undefined where there is none or what stands there is no method. */
    method(draft: Draft): string | undefined {
      const { method } = draft
      if (typeof method !== 'string' || method === '') return undefined
      if (methods.has(method)) return method
      const upper = method.toUpperCase()
      if (methods.has(upper)) return upper
      return /^[A-Z][A-Z0-9_.-]{0,31}$/.test(upper) ? 'OTHER' : undefined
    },

    /** Undefined where an address stands there that is none. */
    address(draft: Draft, book: AddressBook, isProxy: ProxyCheck): LocatedAddress | undefined {
      const text = textOf(draft.socketAddress)
      if (text === undefined || text === 'unknown' || text.startsWith('unix:')) return noAddress
      const peer = book.parse(text)
      if (peer === undefined) return undefined
      return book.locate(settings.trustedProxies.length === 0 ? peer : behind(draft, peer))

      function behind(from: Draft, known: Address): Address {
        const forwardedFor = textOf(from.forwardedFor)
        if (forwardedFor !== undefined) return clientBehindProxies(known, forwardedFor, isProxy)
        const real = isProxy(known.ip) ? textOf(from.realAddress) : undefined
        return (real === undefined ? undefined : book.parse(real)) ?? known
      }
    },

    /** Undefined where the record names neither a path nor a route. Reads the query's credentials. */
    target(draft: Draft, status: number): Target | undefined {
      const text = textOf(draft.target)
      const isAnswered = status < 400
      if (text === undefined) {
        const route = routeOf(draft, undefined)
        if (route === undefined) return undefined
        return {
          path: '',
          route: routes.intern(route, isAnswered),
          objectKey: objectKeyOf(draft.objectKey, hashSeed),
          host: undefined,
        }
      }
      const absolute = text.startsWith('/') ? null : absoluteTarget.exec(text)
      const host = absolute === null ? undefined : hostOf(absolute[1] ?? '', draft)
      const local = absolute === null ? text : text.slice(absolute[0].length)
      const end = pathEnd(local)
      if (end < local.length) readQueryCredentials(local.slice(end + 1), 'query', draft)
      const facts = scrubbed(end === 0 ? '/' : local.slice(0, end), draft)
      const route = routes.intern(routeOf(draft, facts) ?? facts.route, isAnswered)
      const objectKey = objectKeyOf(draft.objectKey, hashSeed) ?? facts.objectKey
      return { path: facts.path, route, objectKey, host }
    },

    agent(draft: Draft): Agent {
      const text = textOf(draft.userAgent)
      const agent = clean.agent(text, draft.secrets)
      if (agent.text.includes('[redacted]')) noteLeak(draft, 'userAgent')
      return agent
    },
  }
}
