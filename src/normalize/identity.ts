import type { EntityKind, Fingerprint } from '../domain/access-event.ts'
import type { Draft } from './draft.ts'
import type { Fingerprinter } from './fingerprint.ts'
import { textOf } from './raw-value.ts'
import { redacted } from './redact.ts'
import type { TextCleaner } from './text-cleaner.ts'
import { createTokenFacts, type TokenFacts } from './token-facts.ts'

/** Who called, as far as the record tells. */
export interface Identity {
  readonly entity: EntityKind
  readonly token: Fingerprint
  readonly hint: string
  readonly credentialId: string | undefined
  readonly consumer: string | undefined
  readonly issuedAtMs: number | undefined
  readonly expiresAtMs: number | undefined
}

const hintLengthMax = 40

/** By the base64 of `{"`, with which every JWT begins. */
const isJwt = (raw: string | undefined) => raw?.startsWith('eyJ') === true

/**
 * Decides what names the caller, in this order: an opaque raw credential, the gateway's own id of the
 * credential, a raw JWT, the consumer, the client address.
 *
 * An opaque key comes first because a gateway that no longer knows it logs a 401 without any id: only the
 * key itself links that refusal to the token that was revoked, and the same key at two gateways to one
 * token. A JWT is new every hour, so the gateway's id stands before it. A format may put even a JWT first
 * (`isTokenPreferred`).
 *
 * Formats hand over a credential id only where the gateway authenticated it: one that a client can send
 * along would let a thief speak in another's name.
 *
 * @returns undefined where the record has none of the four
 */
export function createIdentityReader(
  fingerprints: Fingerprinter,
  clean: TextCleaner,
  cacheEntriesMax: number,
) {
  const factsOf = createTokenFacts(cacheEntriesMax)

  /** What the raw credential says of itself; of an id's companion only if it is a JWT. */
  function rawFactsOf(raw: string | undefined): TokenFacts | undefined {
    return raw !== undefined && isJwt(raw) ? factsOf(raw, fingerprints.ofToken(raw)) : undefined
  }

  return (draft: Draft, ip: string, status: number): Identity | undefined => {
    const credentialId = credentialIdOf(draft, clean)
    const consumer = clean.name(textOf(draft.consumer), draft.secrets)
    const name = clean.name(textOf(draft.credentialName), draft.secrets) ?? consumer
    const { gateway } = draft
    const raw = draft.rawToken
    const isRawFirst = draft.isTokenPreferred || credentialId === undefined || !isJwt(raw)
    if (raw !== undefined && isRawFirst) {
      const token = fingerprints.ofToken(raw)
      const facts = believed(factsOf(raw, token), status)
      return identityOf('token', token, {
        hint: name ?? credentialId ?? facts.hint,
        credentialId,
        consumer,
        facts,
      })
    }
    if (credentialId !== undefined) {
      const token = fingerprints.ofCredential(gateway, credentialId)
      const facts = believed(rawFactsOf(raw), status)
      return identityOf('token', token, {
        hint: name ?? credentialId,
        credentialId,
        consumer,
        facts,
      })
    }
    return consumer === undefined ? byAddress(ip) : byConsumer(gateway, consumer)
  }

  function byConsumer(gateway: string, consumer: string): Identity {
    const token = fingerprints.ofCredential(gateway, `consumer:${consumer}`)
    return identityOf('token', token, { hint: consumer, consumer })
  }

  function byAddress(ip: string): Identity | undefined {
    return ip === '' ? undefined : identityOf('address', fingerprints.ofAddress(ip), { hint: ip })
  }
}

/** A value in the place of an id that is a key itself: it becomes the raw credential, and a leak. */
function credentialIdOf(draft: Draft, clean: TextCleaner): string | undefined {
  const text = textOf(draft.credentialId)
  if (text === undefined) return undefined
  const id = clean.name(text, draft.secrets)
  if (id?.includes(redacted) !== true) return id
  draft.rawToken ??= text
  draft.secrets.push(text)
  draft.leaks.push('credentialId')
  return undefined
}

/**
 * Claims of a JWT that the gateway refused may be forged: taken for a consumer, they would let an
 * attacker have somebody else's access suspended.
 */
function believed<Facts extends TokenFacts | undefined>(facts: Facts, status: number): Facts {
  const isRefused = status === 401 || status === 403
  if (facts === undefined || !isRefused) return facts
  return { ...facts, consumer: undefined, issuedAtMs: undefined, expiresAtMs: undefined }
}

function identityOf(
  entity: EntityKind,
  token: Fingerprint,
  parts: {
    readonly hint: string
    readonly credentialId?: string | undefined
    readonly consumer?: string | undefined
    readonly facts?: TokenFacts | undefined
  },
): Identity {
  return {
    entity,
    token,
    hint: parts.hint.slice(0, hintLengthMax),
    credentialId: parts.credentialId,
    consumer: parts.consumer ?? parts.facts?.consumer,
    issuedAtMs: parts.facts?.issuedAtMs,
    expiresAtMs: parts.facts?.expiresAtMs,
  }
}
