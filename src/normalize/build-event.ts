import { createHmac } from 'node:crypto'

import type { AccessEvent, AuthOutcome } from '../domain/access-event.ts'
import type { RegisteredToken, TokenRegistry } from '../domain/registered-token.ts'
import type { RejectReason } from '../domain/reject.ts'
import type { Stream } from '../domain/source-position.ts'
import { createCallReader, type Target } from './call-facts.ts'
import { compileProxies } from './client-address.ts'
import type { Draft } from './draft.ts'
import type { Fingerprinter } from './fingerprint.ts'
import { createIdentityReader, type Identity } from './identity.ts'
import { createAddressBook, type LocatedAddress, type NetworkLookup } from './network-lookup.ts'
import { parseTime } from './parse-time.ts'
import { quantityOf, textOf } from './raw-value.ts'
import type { NormalizeSettings } from './settings.ts'
import { createTextCleaner } from './text-cleaner.ts'

export interface EventBuilderOptions {
  readonly fingerprints: Fingerprinter
  readonly fingerprintKey: Buffer
  readonly networks: NetworkLookup
  readonly registry: TokenRegistry | undefined
  readonly settings: NormalizeSettings
}

/** Makes the event; `undefined` where the draft now holds the fault. Never throws. */
export type EventBuilder = (draft: Draft, record: Arrival, index: number) => AccessEvent | undefined

/** Where a record stands in its source, and when it came. */
interface Arrival extends Stream {
  readonly offset: number
  readonly receivedMs: number
}

const year2000Ms = 946_684_800_000

/** Notes why a draft becomes no event. The first fault stays. */
function fail(draft: Draft, reason: RejectReason, field: string): undefined {
  draft.faultReason ??= reason
  draft.faultField ??= field
  return undefined
}

/**
 * The one place where access events are made, so that all have the same keys in the same order.
 * Checks what a format read in this order: time, status, method, address, identity, path.
 */
export function createEventBuilder(options: EventBuilderOptions): EventBuilder {
  const { settings, registry } = options
  const addresses = createAddressBook(options.networks, settings.cacheEntriesMax)
  const isProxy = compileProxies(settings.trustedProxies)
  const clean = createTextCleaner(settings.cacheEntriesMax)
  const identify = createIdentityReader(options.fingerprints, clean, settings.cacheEntriesMax)
  const call = createCallReader({
    clean,
    settings,
    // Object keys of two installations must not be comparable either.
    hashSeed: createHmac('sha256', options.fingerprintKey)
      .update('\0objectKey')
      .digest()
      .readInt32LE(),
  })

  return (draft, record, index) => {
    const ts = timeOf(draft, record.receivedMs, settings)
    const status = statusOf(draft)
    const method = call.method(draft)
    if (draft.faultReason !== undefined) return undefined
    if (method === undefined) return fail(draft, 'missing_method', 'method')
    const address = call.address(draft, addresses, isProxy)
    const target = call.target(draft, status)
    if (address === undefined) return fail(draft, 'bad_address', 'ip')
    if (target === undefined) return fail(draft, 'missing_path', 'path')
    const identity = identify(draft, address.ip)
    if (identity === undefined) return fail(draft, 'missing_identity', 'token')
    if (draft.isStrict && !hasRightTypes(draft)) return undefined
    const known = registry?.find(identity.token, identity.credentialId)
    return assemble({ draft, record, index, ts, status, method, address, target, identity, known })
  }

  interface Parts {
    readonly draft: Draft
    readonly record: Arrival
    readonly index: number
    readonly ts: number
    readonly status: number
    readonly method: string
    readonly address: LocatedAddress
    readonly target: Target
    readonly identity: Identity
    readonly known: RegisteredToken | undefined
  }

  function assemble(parts: Parts): AccessEvent {
    const { draft, record, status, address, target, identity, known } = parts
    const agent = call.agent(draft)
    const name = (value: unknown) => clean.name(textOf(value), draft.secrets)
    const { secrets } = draft
    return {
      source: record.source,
      partition: record.partition,
      offset: record.offset,
      index: parts.index,
      ts: parts.ts,
      entity: identity.entity,
      token: identity.token,
      tokenHint: identity.hint,
      credentialId: identity.credentialId ?? known?.credentialId,
      consumer: identity.consumer ?? known?.owner,
      application: name(draft.application) ?? known?.application,
      tenant: name(draft.tenant) ?? known?.tenant ?? settings.defaultTenant,
      scopes: scopesOf(draft.scopes, name) ?? known?.scopes,
      tokenIssuedAtMs: knownTime(draft.issuedAt) ?? identity.issuedAtMs ?? known?.issuedAtMs,
      tokenExpiresAtMs: knownTime(draft.expiresAt) ?? identity.expiresAtMs ?? known?.expiresAtMs,
      ip: address.ip,
      prefix: address.prefix,
      asn: quantityOf(draft.asn) ?? address.asn,
      country: countryOf(draft.country) ?? address.country,
      networkType: address.networkType,
      gateway: clean.name(draft.gateway, secrets) ?? 'unknown',
      node: name(draft.node) ?? '',
      method: parts.method,
      host: clean.host(textOf(draft.host) ?? target.host, secrets),
      route: target.route,
      path: target.path,
      objectKey: target.objectKey,
      status,
      authOutcome: outcomeOf(draft, status),
      latencyMs: scaled(quantityOf(draft.latency), draft.latencyScale),
      bytesIn: quantityOf(draft.bytesIn),
      bytesOut: quantityOf(draft.bytesOut),
      llmTokensIn: quantityOf(draft.llmTokensIn),
      llmTokensOut: quantityOf(draft.llmTokensOut),
      costUsd: quantityOf(draft.costUsd),
      model: name(draft.model),
      userAgent: agent.text,
      client: agent.client,
      ja3: name(draft.ja3),
      requestId: clean.id(textOf(draft.requestId), secrets),
      leaks: draft.leaks.length === 0 ? noLeaks : [...draft.leaks],
    }
  }
}

const noLeaks: readonly string[] = []

function timeOf(draft: Draft, receivedMs: number, settings: NormalizeSettings): number {
  const { time } = draft
  if (time === undefined || time === null || time === '' || time === '-') {
    fail(draft, 'missing_time', 'ts')
    return 0
  }
  const ts = parseTime(time, draft.timeUnit)
  if (!Number.isFinite(ts)) fail(draft, 'bad_time', 'ts')
  else if (ts < year2000Ms) fail(draft, 'time_before_2000', 'ts')
  else if (ts > receivedMs + settings.futureMsMax) fail(draft, 'time_in_future', 'ts')
  else if (ts > receivedMs + settings.clockSkewMsMax) return receivedMs
  return ts
}

/** 0 where the log has none, or a gateway wrote that no answer was sent. */
function statusOf(draft: Draft): number {
  const { status } = draft
  if (status === undefined || status === null || status === '' || status === '-') return 0
  const code = quantityOf(status)
  if (code === undefined || code > 599 || !Number.isInteger(code))
    fail(draft, 'bad_status', 'status')
  else if (code >= 100) return code
  return 0
}

function outcomeOf(draft: Draft, status: number): AuthOutcome {
  if (draft.isThrottled || status === 429) return 'throttled'
  if (draft.isAuthFailed || status === 401 || status === 407) return 'failed'
  return status === 403 ? 'denied' : 'ok'
}

function scaled(value: number | undefined, scale: number): number | undefined {
  if (value === undefined || scale === 1) return value
  return Math.round(value * scale * 1_000) / 1_000
}

function countryOf(value: unknown): string | undefined {
  return typeof value === 'string' && /^[A-Za-z]{2}$/.test(value) ? value.toUpperCase() : undefined
}

function knownTime(value: unknown): number | undefined {
  if (value === undefined || value === null) return undefined
  const ms = parseTime(value, 'text')
  return Number.isFinite(ms) ? ms : undefined
}

/** A list, or one text with blanks between; at most 50. */
function scopesOf(
  value: unknown,
  name: (value: unknown) => string | undefined,
): readonly string[] | undefined {
  const list = typeof value === 'string' ? value.split(/[\s,]+/) : value
  if (!Array.isArray(list)) return undefined
  const scopes = list.slice(0, 50).flatMap(scope => name(scope) ?? [])
  return scopes.length === 0 ? undefined : scopes
}

const quantities = [
  'latency',
  'bytesIn',
  'bytesOut',
  'llmTokensIn',
  'llmTokensOut',
  'costUsd',
  'asn',
] as const
const texts = [
  'host',
  'node',
  'consumer',
  'application',
  'tenant',
  'userAgent',
  'model',
  'ja3',
  'requestId',
  'country',
  'credentialId',
] as const

/** Own format only: what is there must be of its type. */
function hasRightTypes(draft: Draft): boolean {
  for (const field of quantities) {
    const value = draft[field]
    if (value !== undefined && value !== null && quantityOf(value) === undefined) {
      fail(draft, 'wrong_type', field === 'latency' ? 'latencyMs' : field)
    }
  }
  for (const field of texts) {
    const value = draft[field]
    if (value !== undefined && value !== null && typeof value !== 'string')
      fail(draft, 'wrong_type', field)
  }
  return draft.faultReason === undefined
}
