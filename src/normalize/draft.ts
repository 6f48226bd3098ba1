import type { RejectReason } from '../domain/reject.ts'

/** How the raw `time` of a draft is to be read. `text` is a date; a number in it is milliseconds. */
export type TimeUnit = 'ms' | 's' | 'text'

/**
 * What a format read from one record, raw: `build-event` checks and converts it. All keys are there
 * from the start, so that all drafts have one hidden class.
 *
 * `unknown` fields hold the value as the log has it; the builder treats `''`, `-` and `null` as absent.
 */
export interface Draft {
  /** Set by a format that cannot go on; ends the record. */
  faultReason: RejectReason | undefined
  faultField: string | undefined
  /** Values of a wrong type are faults, not absent: the record was written for tokenwatch. */
  isStrict: boolean

  gateway: string
  node: unknown
  time: unknown
  timeUnit: TimeUnit

  /** The raw credential with the highest rank so far; see `credentials.ts`. */
  rawToken: string | undefined
  rawTokenRank: number
  /** Raw token names the entity even where the gateway gives an id of its own. */
  isTokenPreferred: boolean
  /** The gateway's own id of the credential, only where the gateway itself authenticated it. */
  credentialId: unknown
  credentialName: unknown
  consumer: unknown
  application: unknown
  tenant: unknown
  scopes: unknown
  issuedAt: unknown
  expiresAt: unknown
  /** Raw values that must not survive in any text of the event. */
  readonly secrets: string[]
  /** Names of the fields that carried them. */
  readonly leaks: string[]

  /** The peer as the gateway saw it: the only address that cannot be forged. */
  socketAddress: unknown
  forwardedFor: unknown
  /** Used where the peer is a trusted proxy and no X-Forwarded-For is there. */
  realAddress: unknown
  asn: unknown
  country: unknown

  method: unknown
  host: unknown
  /** May carry a query and a scheme with host. */
  target: unknown
  route: unknown
  status: unknown
  /** The gateway says so in another field than the status. */
  isAuthFailed: boolean
  isThrottled: boolean

  latency: unknown
  /** Milliseconds in one unit of `latency`. */
  latencyScale: number
  bytesIn: unknown
  bytesOut: unknown
  llmTokensIn: unknown
  llmTokensOut: unknown
  costUsd: unknown
  model: unknown
  userAgent: unknown
  ja3: unknown
  requestId: unknown
  /** Own format only: the object that was touched, hashed like the id segments of a path. */
  objectKey: unknown
}

/** A draft with nothing in it. */
export function createDraft(): Draft {
  return {
    faultReason: undefined,
    faultField: undefined,
    isStrict: false,
    gateway: '',
    node: undefined,
    time: undefined,
    timeUnit: 'ms',
    rawToken: undefined,
    rawTokenRank: 0,
    isTokenPreferred: false,
    credentialId: undefined,
    credentialName: undefined,
    consumer: undefined,
    application: undefined,
    tenant: undefined,
    scopes: undefined,
    issuedAt: undefined,
    expiresAt: undefined,
    secrets: [],
    leaks: [],
    socketAddress: undefined,
    forwardedFor: undefined,
    realAddress: undefined,
    asn: undefined,
    country: undefined,
    method: undefined,
    host: undefined,
    target: undefined,
    route: undefined,
    status: undefined,
    isAuthFailed: false,
    isThrottled: false,
    latency: undefined,
    latencyScale: 1,
    bytesIn: undefined,
    bytesOut: undefined,
    llmTokensIn: undefined,
    llmTokensOut: undefined,
    costUsd: undefined,
    model: undefined,
    userAgent: undefined,
    ja3: undefined,
    requestId: undefined,
    objectKey: undefined,
  }
}
