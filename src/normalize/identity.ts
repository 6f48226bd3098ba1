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

/**
 * Decides what names the caller, in this order: the gateway's own id of the credential (it survives a
 * rotation of the key and is what revokers need), the raw credential, the consumer, the client address.
 * A format may put the raw credential first (`isTokenPreferred`).
 *
 * Formats hand over a credential id only where the gateway authenticated it: one that a client can send
 * along would let a thief speak in another's name.
 */
export function createIdentityReader(
  fingerprints: Fingerprinter,
  clean: TextCleaner,
  cacheEntriesMax: number,
) {
  const factsOf = createTokenFacts(cacheEntriesMax)

  return (draft: Draft, ip: string): Identity | undefined => {
    const consumer = clean.name(textOf(draft.consumer), draft.secrets)
    const credentialId = credentialIdOf(draft, clean)
    const raw = draft.rawToken
    if (raw !== undefined && raw !== '' && (draft.isTokenPreferred || credentialId === undefined)) {
      const token = fingerprints.ofToken(raw)
      const name = clean.name(textOf(draft.credentialName), draft.secrets)
      return byToken({ token, facts: factsOf(raw, token), name, credentialId, consumer })
    }
    if (credentialId !== undefined) {
      const facts = raw?.startsWith('eyJ') ? factsOf(raw, fingerprints.ofToken(raw)) : undefined
      const name = clean.name(textOf(draft.credentialName), draft.secrets)
      return {
        entity: 'token',
        token: fingerprints.ofCredential(draft.gateway, credentialId),
        hint: (name ?? consumer ?? credentialId).slice(0, hintLengthMax),
        credentialId,
        consumer: consumer ?? facts?.consumer,
        issuedAtMs: facts?.issuedAtMs,
        expiresAtMs: facts?.expiresAtMs,
      }
    }
    if (consumer !== undefined) {
      const token = fingerprints.ofCredential(draft.gateway, `consumer:${consumer}`)
      return nameless('token', token, consumer.slice(0, hintLengthMax), consumer)
    }
    return ip === ''
      ? undefined
      : nameless('address', fingerprints.ofAddress(ip), ip.slice(0, hintLengthMax), undefined)
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
  if (!draft.leaks.includes('credentialId')) draft.leaks.push('credentialId')
  return undefined
}

function byToken(parts: {
  readonly token: Fingerprint
  readonly facts: TokenFacts
  readonly name: string | undefined
  readonly credentialId: string | undefined
  readonly consumer: string | undefined
}): Identity {
  const { token, facts, name, credentialId, consumer } = parts
  return {
    entity: 'token',
    token,
    hint: (name ?? consumer ?? facts.hint).slice(0, hintLengthMax),
    credentialId,
    consumer: consumer ?? facts.consumer,
    issuedAtMs: facts.issuedAtMs,
    expiresAtMs: facts.expiresAtMs,
  }
}

function nameless(
  entity: EntityKind,
  token: Fingerprint,
  hint: string,
  consumer: string | undefined,
): Identity {
  return {
    entity,
    token,
    hint,
    credentialId: undefined,
    consumer,
    issuedAtMs: undefined,
    expiresAtMs: undefined,
  }
}
