import { createHash } from 'node:crypto'
import type { AccessEvent, AuthOutcome, Fingerprint } from '../../../../src/domain/access-event.ts'
import type { RegisteredToken, TokenRegistry } from '../../../../src/domain/registered-token.ts'
import { mixBits } from '../../../../src/lib/mix-bits.ts'
import { clientFamily } from '../../../../src/normalize/client-family.ts'

/** What a world says of a call; the rest is the same for all of them. */
export interface CallFacts {
  readonly tsMs: number
  readonly token: Fingerprint
  readonly tokenHint: string
  readonly tenant: string
  readonly ip: string
  readonly asn: number
  readonly country: string
  readonly node: string
  readonly method: string
  readonly host: string
  readonly route: string
  readonly objectId: number | undefined
  readonly status: number
  readonly latencyMs: number
  readonly bytesIn: number
  readonly bytesOut: number
  readonly userAgent: string
  readonly model?: ModelUse | undefined
}

/** What a call of a language model used. */
export interface ModelUse {
  readonly name: string
  readonly tokensIn: number
  readonly tokensOut: number
  readonly costUsd: number
}

const outcomes: Readonly<Record<number, AuthOutcome>> = {
  401: 'failed',
  403: 'denied',
  429: 'throttled',
}
const families = new Map<string, string>()

/** The event that the normalizer would make of the call. */
export function accessEvent(call: CallFacts): AccessEvent {
  const { tsMs, token, tokenHint, tenant, ip, asn, country, node, method, host, route } = call
  return {
    source: 'bench',
    partition: 0,
    offset: 0,
    index: 0,
    origin: undefined,
    ts: tsMs,
    entity: 'token',
    token,
    tokenHint,
    credentialId: undefined,
    consumer: undefined,
    application: undefined,
    tenant,
    scopes: undefined,
    tokenIssuedAtMs: undefined,
    tokenExpiresAtMs: undefined,
    ip,
    prefix: `${ip.slice(0, ip.lastIndexOf('.'))}.0/24`,
    asn,
    country,
    networkType: 'unknown',
    gateway: 'bench',
    node,
    method,
    host,
    route,
    path: route,
    objectKey: call.objectId === undefined ? undefined : objectKeyOf(call.objectId),
    status: call.status,
    authOutcome: outcomes[call.status] ?? 'ok',
    latencyMs: call.latencyMs,
    bytesIn: call.bytesIn,
    bytesOut: call.bytesOut,
    llmTokensIn: call.model?.tokensIn,
    llmTokensOut: call.model?.tokensOut,
    costUsd: call.model?.costUsd,
    model: call.model?.name,
    userAgent: call.userAgent,
    client: familyOf(call.userAgent),
    ja3: undefined,
    requestId: undefined,
    leaks: [],
  }
}

const objectKeyOf = (id: number) => mixBits(id) * 0x10_0000 + (mixBits(~id) & 0xf_ffff)

function familyOf(userAgent: string): string {
  let family = families.get(userAgent)
  if (family === undefined) {
    family = clientFamily(userAgent)
    families.set(userAgent, family)
  }
  return family
}

/** Stands for the HMAC of the real thing: a hash of the name, which needs no key. */
export const fingerprintOf = (name: string) =>
  createHash('md5').update(name).digest('hex') as Fingerprint

const unlisted: Omit<RegisteredToken, 'token'> = {
  credentialId: undefined,
  owner: undefined,
  application: undefined,
  tenant: undefined,
  scopes: undefined,
  issuedAtMs: undefined,
  expiresAtMs: undefined,
  revokedAtMs: undefined,
  isProtected: false,
  isHoneytoken: false,
}

/** A registry that knows only what is out of the ordinary about tokens. */
export function registryOf(
  known: ReadonlyMap<Fingerprint, Partial<RegisteredToken>>,
): TokenRegistry {
  const entries = new Map(
    [...known].map(([token, facts]) => [token, { ...unlisted, ...facts, token }] as const),
  )
  return { find: token => entries.get(token) }
}
