import type { Fingerprint } from '../domain/access-event.ts'
import { type BoundedCache, createBoundedCache } from '../lib/bounded-cache.ts'
import { keyClassOf } from './key-shapes.ts'
import { objectOf, quantityOf, textOf } from './raw-value.ts'
import { redactText } from './redact.ts'

/** What a raw credential tells of itself. The claims of a JWT are hints: nobody verified them here. */
export interface TokenFacts {
  /** Class of the key, at most 40 characters; of an unknown one at most four characters. */
  readonly hint: string
  readonly issuedAtMs: number | undefined
  readonly expiresAtMs: number | undefined
  readonly consumer: string | undefined
}

/** Fewer characters would leave too little unsaid. */
const shownOfLengthMin = 20

function hintOf(raw: string): string {
  const known = keyClassOf(raw)
  if (known !== undefined) return known
  return raw.length >= shownOfLengthMin && /^[\w-]{4}/.test(raw)
    ? `${raw.slice(0, 4)}…`
    : `key of ${raw.length} characters`
}

/** Payload of a token in three parts; undefined when it is none or longer than any real one. */
function claimsOf(raw: string) {
  if (!raw.startsWith('eyJ') || raw.length > 16_384) return undefined
  const [, payload] = raw.split('.', 3)
  if (payload === undefined) return undefined
  try {
    return objectOf(JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')))
  } catch {
    // Not a JWT after all: it stays an opaque credential.
    return undefined
  }
}

function secondsToMs(value: unknown): number | undefined {
  const seconds = quantityOf(value)
  return seconds === undefined || seconds > 1e11 ? undefined : Math.round(seconds * 1000)
}

function factsOf(raw: string): TokenFacts {
  const claims = claimsOf(raw)
  const name = textOf(claims?.['azp']) ?? textOf(claims?.['client_id']) ?? textOf(claims?.['sub'])
  const consumer = name === undefined ? undefined : redactText(name.slice(0, 200))
  return {
    hint: consumer === undefined ? hintOf(raw) : `jwt ${consumer}`.slice(0, 40),
    issuedAtMs: secondsToMs(claims?.['iat']),
    expiresAtMs: secondsToMs(claims?.['exp']),
    consumer,
  }
}

/** Facts of raw credentials, remembered by fingerprint so that the raw text is kept nowhere. */
export function createTokenFacts(cacheEntriesMax: number) {
  const cache: BoundedCache<TokenFacts> = createBoundedCache(cacheEntriesMax)
  return (raw: string, token: Fingerprint): TokenFacts => {
    const known = cache.get(token)
    if (known !== undefined) return known
    const facts = factsOf(raw)
    cache.set(token, facts)
    return facts
  }
}
