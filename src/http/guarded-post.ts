import { lookup } from 'node:dns'
import type { LookupFunction } from 'node:net'
import ipaddr from 'ipaddr.js'
import { Agent, request } from 'undici'
import { parseRetryAfter } from '../lib/parse-retry-after.ts'

/** An answer's body is of no use to us; what is larger than this is cut off, not read. */
const RESPONSE_BYTES_MAX = 65_536
/** Connections to one receiver at a time. */
const CONNECTIONS_MAX = 8

/** What became of one call, in our words: never a foreign body, header or message. */
export type PostOutcome =
  | {
      readonly kind: 'answered'
      readonly status: number
      readonly retryAfterMs: number | undefined
    }
  | { readonly kind: 'blocked'; readonly detail: string }
  | { readonly kind: 'no_answer'; readonly detail: string }

export interface GuardedPoster {
  /** Never throws: whatever happens to a call is an outcome. */
  post(call: {
    readonly url: string
    readonly headers: Readonly<Record<string, string>>
    readonly body: string
  }): Promise<PostOutcome>
  close(): Promise<void>
}

/**
 * An HTTP client for addresses that come from settings and so may be wrong or hostile: it follows no
 * redirect, waits no longer than it is told, reads next to nothing, and, unless allowed, connects to
 * public addresses only. The address is judged when the connection is made, after the name is
 * resolved, so a name that changes its mind gets nowhere.
 */
export function createGuardedPoster(options: {
  readonly timeoutMs: number
  readonly allowPrivateTargets: boolean
  readonly clock: () => number
}): GuardedPoster {
  const { timeoutMs, allowPrivateTargets, clock } = options
  const agent = new Agent({
    connections: CONNECTIONS_MAX,
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
    connect: allowPrivateTargets
      ? { timeout: timeoutMs }
      : { timeout: timeoutMs, lookup: lookupPublicOnly },
  })
  return {
    async post({ url, headers, body }) {
      // A literal address is never looked up, so the look-up cannot stop it.
      const literal = new URL(url).hostname.replaceAll(/[[\]]/g, '')
      if (!allowPrivateTargets && ipaddr.isValid(literal) && !isPublicAddress(literal)) {
        return blocked
      }
      try {
        const signal = AbortSignal.timeout(timeoutMs)
        const answer = await request(url, {
          method: 'POST',
          headers: { ...headers, 'user-agent': 'tokenwatch' },
          body,
          signal,
          dispatcher: agent,
        })
        // The status is the answer: how the body ends does not change it.
        await answer.body.dump({ limit: RESPONSE_BYTES_MAX, signal }).catch(() => undefined)
        const header = answer.headers['retry-after']
        const retryAfterMs = parseRetryAfter(String(header ?? ''), clock())
        return { kind: 'answered', status: answer.statusCode, retryAfterMs }
      } catch (error) {
        return outcomeOf(error)
      }
    },
    close: () => agent.destroy(),
  }
}

const blocked: PostOutcome = {
  kind: 'blocked',
  detail: 'the address is private or reserved, and allowPrivateTargets is off',
}

/** Whether an address is on the public internet: not loopback, private, link-local or reserved. */
export function isPublicAddress(address: string): boolean {
  return ipaddr.isValid(address) && ipaddr.process(address).range() === 'unicast'
}

class BlockedAddressError extends Error {
  override readonly name = 'BlockedAddressError'
  readonly code = 'EBLOCKED'
}

/** One private address among several is enough to refuse: the resolver may hand out either. */
const lookupPublicOnly: LookupFunction = (hostname, options, callback) => {
  lookup(hostname, { ...options, all: true }, (error, addresses) => {
    if (error !== null) return callback(error, '', 0)
    const [first] = addresses
    if (first === undefined || !addresses.every(({ address }) => isPublicAddress(address))) {
      return callback(new BlockedAddressError('not a public address'), '', 0)
    }
    if (options.all === true) return callback(null, addresses)
    callback(null, first.address, first.family)
  })
}

const words: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'connection reset',
  EPIPE: 'connection reset',
  ENOTFOUND: 'host name not found',
  EAI_AGAIN: 'host name not resolved',
  EHOSTUNREACH: 'host not reachable',
  ENETUNREACH: 'network not reachable',
  UND_ERR_SOCKET: 'connection closed without an answer',
  UND_ERR_CONNECT_TIMEOUT: 'no connection in time',
  UND_ERR_HEADERS_TIMEOUT: 'no answer in time',
  UND_ERR_BODY_TIMEOUT: 'no answer in time',
  TimeoutError: 'no answer in time',
}

function outcomeOf(error: unknown): PostOutcome {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  if (code === 'EBLOCKED') return blocked
  const name = error instanceof Error ? error.name : 'unknown'
  const detail = words[code] ?? words[name] ?? `no answer (${/^[A-Z_]+$/.test(code) ? code : name})`
  return { kind: 'no_answer', detail }
}
