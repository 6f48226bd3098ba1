import type { SourcePosition } from './source-position.ts'

/** A token's only name inside tokenwatch: 128 bits of an HMAC-SHA256, as 32 lower-case hex digits. */
export type Fingerprint = string & { readonly brand: 'Fingerprint' }

/** What the fingerprint stands for: a credential, or the client address where a log carries none. */
export type EntityKind = 'token' | 'address'

/** 2xx/3xx and other answers after authentication · 403 · 401 (and 407) · 429. */
export type AuthOutcome = 'ok' | 'denied' | 'failed' | 'throttled'

export type NetworkType =
  | 'hosting'
  | 'mobile'
  | 'residential'
  | 'vpn'
  | 'tor'
  | 'private'
  | 'unknown'

/**
 * One API call as the gateway logged it, normalized. Every key is always present, so that all events
 * have one hidden class on the hot path; `undefined` means that the log did not say, never zero.
 * Made in one place only: `normalize/`.
 */
export interface AccessEvent extends SourcePosition {
  /** Where its record stood when it was relayed by an internal topic; undefined when it came directly. */
  readonly origin: SourcePosition | undefined
  /** From the record, ms since epoch. */
  readonly ts: number
  readonly entity: EntityKind
  readonly token: Fingerprint
  /** What a human may see of it, at most 40 characters: class of the key, credential name, address. */
  readonly tokenHint: string
  /** The gateway's own id of the credential: not a secret, what revokers use. */
  readonly credentialId: string | undefined
  readonly consumer: string | undefined
  readonly application: string | undefined
  /** `default` where neither log nor registry says. */
  readonly tenant: string
  readonly scopes: readonly string[] | undefined
  readonly tokenIssuedAtMs: number | undefined
  readonly tokenExpiresAtMs: number | undefined
  /** Client address in canonical text; v4-mapped addresses as IPv4. */
  readonly ip: string
  /** `198.51.100.0/24` or `2001:db8:1::/48`. */
  readonly prefix: string
  /** Autonomous system number, 0 for unknown. */
  readonly asn: number
  /** ISO 3166-1 alpha-2, empty for unknown. */
  readonly country: string
  readonly networkType: NetworkType
  /** Which gateway product or deployment, for instance `kong`. */
  readonly gateway: string
  /** Which instance of it; empty where the log does not say. Containment is judged per node. */
  readonly node: string
  /** Upper case. */
  readonly method: string
  readonly host: string
  /** From the log, else templated from the path. At most 200 characters. */
  readonly route: string
  /** Redacted, without query, at most 500 characters. */
  readonly path: string
  /** 53-bit hash of the id segments of the path: distinct objects, not paths. */
  readonly objectKey: number | undefined
  /** HTTP status, 100 to 599; 0 where the log has none. */
  readonly status: number
  readonly authOutcome: AuthOutcome
  readonly latencyMs: number | undefined
  readonly bytesIn: number | undefined
  readonly bytesOut: number | undefined
  readonly llmTokensIn: number | undefined
  readonly llmTokensOut: number | undefined
  readonly costUsd: number | undefined
  readonly model: string | undefined
  /** Redacted, at most 300 characters; empty where the log has none. */
  readonly userAgent: string
  /** Family and major version of the agent, for instance `python-requests/2`; empty for unknown. */
  readonly client: string
  readonly ja3: string | undefined
  readonly requestId: string | undefined
  /** Names (never values) of the credential-like fields that the record carried in clear. */
  readonly leaks: readonly string[]
}
