import type { Fingerprint } from './access-event.ts'

/** What the operator knows of a token; times in ms since epoch. Found by fingerprint or credential id. */
export interface RegisteredToken {
  readonly token: Fingerprint | undefined
  readonly credentialId: string | undefined
  readonly owner: string | undefined
  readonly application: string | undefined
  readonly tenant: string | undefined
  readonly scopes: readonly string[] | undefined
  readonly issuedAtMs: number | undefined
  readonly expiresAtMs: number | undefined
  readonly revokedAtMs: number | undefined
  /** Never acted on automatically. */
  readonly isProtected: boolean
  /** Any use is theft. */
  readonly isHoneytoken: boolean
}

/** Looks a token up: by fingerprint first, then by the gateway's credential id. */
export interface TokenRegistry {
  find(token: Fingerprint, credentialId: string | undefined): RegisteredToken | undefined
}
