import type { AttackKind } from './attacks/attack-kind.ts'

/** One API call as a gateway saw it, before a log format makes a line of it. */
export interface SimulatedCall {
  /** Whole ms since epoch. */
  readonly tsMs: number
  /** The raw key that the client sent: a fake, always beginning with `tw_demo_`. */
  readonly token: string
  /** The gateway's id of the credential; absent where it knows none (a guessed key). */
  readonly credentialId: string | undefined
  readonly consumer: string | undefined
  readonly application: string | undefined
  readonly tenant: string
  readonly ip: string
  readonly asn: number
  readonly country: string
  readonly method: string
  readonly host: string
  /** Template of the path, for instance `/v1/orders/{id}`. */
  readonly route: string
  readonly path: string
  readonly status: number
  readonly latencyMs: number
  readonly bytesIn: number
  readonly bytesOut: number
  readonly userAgent: string
  readonly gateway: string
  readonly node: string
  /** Id of the attack that made the call: the ground truth. No log format shows it. */
  readonly attackId: string | undefined
}

/** What was done to one token, and when. */
export interface AttackLabel {
  readonly attackId: string
  readonly kind: AttackKind
  /** victim: a token in use by its owner · guess: a key that somebody tried. */
  readonly role: 'victim' | 'guess'
  readonly token: string
  readonly credentialId: string | undefined
  readonly tenant: string
  /** Calls of the attack lie in [startMs, endMs). */
  readonly startMs: number
  readonly endMs: number
}

/** A stretch of innocent oddness, to explain a false alert by. */
export interface LookAlikeLabel {
  readonly kind: string
  readonly tenant: string
  readonly tokens: readonly string[]
  readonly startMs: number
  readonly endMs: number
}
