import { createHmac } from 'node:crypto'

import type { AccessEvent } from '../domain/access-event.ts'
import type { RegisteredToken, TokenRegistry } from '../domain/registered-token.ts'
import type { Stream } from '../domain/source-position.ts'
import { createCallReader, type Target } from './call-facts.ts'
import { checkTypes, fail, outcomeOf, statusOf, timeOf } from './check-draft.ts'
import type { Draft } from './draft.ts'
import type { Fingerprinter } from './fingerprint.ts'
import { createIdentityReader, type Identity } from './identity.ts'
import type { LocatedAddress, NetworkLookup } from './network-lookup.ts'
import { parseTime } from './parse-time.ts'
import { quantityOf, textOf } from './raw-value.ts'
import type { RouteTable } from './route-table.ts'
import type { NormalizeSettings } from './settings.ts'
import { createTextCleaner, type TextCleaner } from './text-cleaner.ts'

/** Where a record stands in its source, and when it came. */
interface Arrival extends Stream {
  readonly offset: number
  readonly receivedMs: number
}

/** Makes the event; `undefined` where the draft now holds the fault. Never throws. */
export type EventBuilder = (draft: Draft, record: Arrival, index: number) => AccessEvent | undefined

/** Everything about one call, checked. */
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
}

/** Draws the event from a draft, in this order: time, status, method, address, target, identity. */
export function createEventBuilder(options: {
  readonly fingerprints: Fingerprinter
  readonly fingerprintKey: Buffer
  readonly networks: NetworkLookup
  readonly routes: RouteTable
  readonly registry: TokenRegistry | undefined
  readonly settings: NormalizeSettings
}): EventBuilder {
  const { settings, registry, fingerprintKey } = options
  const clean = createTextCleaner(settings.cacheEntriesMax)
  const identify = createIdentityReader(options.fingerprints, clean, settings.cacheEntriesMax)
  const call = createCallReader({
    clean,
    settings,
    networks: options.networks,
    routes: options.routes,
    // Object keys of two installations must not be comparable either.
    hashSeed: createHmac('sha256', fingerprintKey).update('\0objectKey').digest().readInt32LE(),
  })
  const assemble = createAssembler(clean, settings.defaultTenant)

  return (draft, record, index) => {
    checkTypes(draft)
    const ts = timeOf(draft, record.receivedMs, settings)
    const status = statusOf(draft)
    if (draft.faultReason !== undefined) return undefined
    const method = call.method(draft)
    if (method === undefined) return fail(draft, 'missing_method', 'method')
    const address = call.address(draft)
    if (address === undefined) return fail(draft, 'bad_address', 'ip')
    const target = call.target(draft, status)
    if (target === undefined) return fail(draft, 'missing_path', 'path')
    const identity = identify(draft, address.ip, status)
    if (identity === undefined) return fail(draft, 'missing_identity', 'token')
    const agent = call.agent(draft)
    const parts = { draft, record, index, ts, status, method, address, target, identity }
    return assemble(parts, agent, registry?.find(identity.token, identity.credentialId))
  }
}

const noLeaks: readonly string[] = []

/** The one place where access events are made, so that all have the same keys in the same order. */
function createAssembler(clean: TextCleaner, defaultTenant: string) {
  return (
    parts: Parts,
    agent: { readonly text: string; readonly client: string },
    known: RegisteredToken | undefined,
  ): AccessEvent => {
    const { draft, record, status, address, target, identity } = parts
    const { secrets } = draft
    const owner = ownershipOf(parts, known, clean)
    return {
      source: record.source,
      partition: record.partition,
      offset: record.offset,
      index: parts.index,
      origin: undefined,
      ts: parts.ts,
      entity: identity.entity,
      token: identity.token,
      tokenHint: identity.hint,
      credentialId: owner.credentialId,
      consumer: owner.consumer,
      application: owner.application,
      tenant: owner.tenant ?? defaultTenant,
      scopes: owner.scopes,
      tokenIssuedAtMs: owner.issuedAtMs,
      tokenExpiresAtMs: owner.expiresAtMs,
      ip: address.ip,
      prefix: address.prefix,
      asn: asnOf(draft.asn) ?? address.asn,
      country: countryOf(draft.country) ?? address.country,
      networkType: address.networkType,
      gateway: nameOf(draft.gateway, secrets, clean) ?? 'unknown',
      node: nameOf(draft.node, secrets, clean) ?? '',
      method: parts.method,
      host: clean.host(textOf(draft.host) ?? target.host, secrets),
      route: target.route,
      path: target.path,
      objectKey: target.objectKey,
      status,
      authOutcome: outcomeOf(draft, status),
      latencyMs: scaled(quantityOf(draft.latency), draft.latencyScale),
      bytesIn: wholeOf(draft.bytesIn),
      bytesOut: wholeOf(draft.bytesOut),
      llmTokensIn: wholeOf(draft.llmTokensIn),
      llmTokensOut: wholeOf(draft.llmTokensOut),
      costUsd: quantityOf(draft.costUsd),
      model: nameOf(draft.model, secrets, clean),
      userAgent: agent.text,
      client: agent.client,
      ja3: nameOf(draft.ja3, secrets, clean),
      requestId: clean.id(textOf(draft.requestId), secrets),
      leaks: draft.leaks.length === 0 ? noLeaks : [...draft.leaks],
    }
  }
}

function nameOf(value: unknown, secrets: readonly string[], clean: TextCleaner) {
  return clean.name(textOf(value), secrets)
}

/** Whose credential it is: what the log says, else what the registry knows. */
function ownershipOf(parts: Parts, known: RegisteredToken | undefined, clean: TextCleaner) {
  const { draft, identity } = parts
  const { secrets } = draft
  return {
    credentialId: identity.credentialId ?? known?.credentialId,
    consumer: identity.consumer ?? known?.owner,
    application: nameOf(draft.application, secrets, clean) ?? known?.application,
    tenant: nameOf(draft.tenant, secrets, clean) ?? known?.tenant,
    scopes: scopesOf(draft.scopes, secrets, clean) ?? known?.scopes,
    issuedAtMs: knownTime(draft.issuedAt) ?? identity.issuedAtMs ?? known?.issuedAtMs,
    expiresAtMs: knownTime(draft.expiresAt) ?? identity.expiresAtMs ?? known?.expiresAtMs,
  }
}

/** A count, whole; what no counter can have reached is absent. */
function wholeOf(value: unknown): number | undefined {
  const quantity = quantityOf(value)
  return quantity === undefined || quantity > Number.MAX_SAFE_INTEGER
    ? undefined
    : Math.round(quantity)
}

/** RFC 6793: four bytes; what is no such number is looked up as if it were absent. */
function asnOf(value: unknown): number | undefined {
  const asn = wholeOf(value)
  return asn !== undefined && asn < 2 ** 32 ? asn : undefined
}

/** Longest latency that is believed: a month. */
const latencyMsMax = 31 * 86_400_000

/** Milliseconds to the microsecond: gateways write 411.00001335144. What no call lasts is absent. */
function scaled(value: number | undefined, scale: number): number | undefined {
  const ms = value === undefined ? Number.NaN : value * scale
  return ms <= latencyMsMax ? Math.round(ms * 1_000) / 1_000 : undefined
}

function countryOf(value: unknown): string | undefined {
  return typeof value === 'string' && /^[A-Za-z]{2}$/.test(value) ? value.toUpperCase() : undefined
}

function knownTime(value: unknown): number | undefined {
  if (value === undefined || value === null) return undefined
  const ms = parseTime(value, 'text')
  return Number.isFinite(ms) ? ms : undefined
}

const scopesMax = 50

/** A list, or one text with blanks between. */
function scopesOf(
  value: unknown,
  secrets: readonly string[],
  clean: TextCleaner,
): readonly string[] | undefined {
  const list = typeof value === 'string' ? value.split(/[\s,]+/) : value
  if (!Array.isArray(list)) return undefined
  const scopes = list.slice(0, scopesMax).flatMap(scope => nameOf(scope, secrets, clean) ?? [])
  return scopes.length === 0 ? undefined : scopes
}
