import type { Draft } from './draft.ts'
import type { JsonObject } from './format.ts'
import { textOf } from './raw-value.ts'
import { decodePercent, redactText } from './redact.ts'

/**
 * Where a raw credential may stand, and which of several names the caller: the lowest rank. 0: secret,
 * but no name of a caller (a cookie changes, a signature is per call, a password stands beside a user).
 */
// biome-ignore format: lists of names read better as lines
const ranks: ReadonlyMap<string, number> = new Map([
  ['authorization', 1],
  ...[
    'apikey', 'api-key', 'api_key', 'x-api-key', 'x_api_key', 'x-api-token', 'x-apikey',
    'x-auth-token', 'x-access-token', 'x-auth-key', 'x-token', 'private-token', 'auth-token',
    'x-goog-api-key', 'x-functions-key', 'ocp-apim-subscription-key', 'subscription-key',
    'x-gravitee-api-key', 'x-rapidapi-key', 'x-shopify-access-token', 'x-vault-token',
    'access_token', 'access-token', 'accesstoken', 'token', 'auth_token', 'authtoken', 'key',
    'app_key', 'appkey', 'x-app-key', 'jwt', 'bearer',
  ].map(name => [name, 2] as const),
  ...[
    'proxy-authorization', 'cookie', 'set-cookie', 'id_token', 'refresh_token', 'client_secret',
    'client-secret', 'secret', 'password', 'passwd', 'pwd', 'pass', 'sig', 'signature', 'code',
    'x-amz-security-token', 'x-amz-signature', 'x-goog-signature', 'x-amz-credential', 'session',
    'sessionid', 'session_id', 'session_token', 'jsessionid', 'phpsessid', 'x-csrf-token',
    'x-xsrf-token', 'assertion', 'client_assertion', 'otp', 'private_key', 'auth',
  ].map(name => [name, 0] as const),
])

/** Credential of a query ranks behind one of a header. */
const queryRankStep = 4
const secretsMax = 24

/** Whether a header, parameter or field of this name carries a credential. */
export function isCredentialName(name: string): boolean {
  return name.length <= 40 && ranks.has(name.toLowerCase())
}

const schemes = /^(?:bearer|token|apikey|api-key|key|jwt|oauth|dpop)\s+/i

/** How gateways write a credential that they took out. */
function isMasked(value: string): boolean {
  return (
    value.length < 4 || /^\W*(?:redacted|masked|hidden|filtered|removed|xx+|\*+)\W*$/i.test(value)
  )
}

/** A credential without its scheme; of `Basic` the user and password, or the user where it is alone. */
function bareCredential(value: string): string {
  const trimmed = value.trim()
  const scheme = schemes.exec(trimmed)
  if (scheme !== null) return trimmed.slice(scheme[0].length).trim()
  return /^basic\s/i.test(trimmed) ? basicCredential(trimmed) : trimmed
}

function basicCredential(value: string): string {
  const encoded = value.slice(6).trim()
  const decoded = Buffer.from(encoded, 'base64').toString('utf8')
  const colon = decoded.indexOf(':')
  if (colon < 0) return encoded
  return colon === decoded.length - 1 ? decoded.slice(0, colon) : decoded
}

/** Notes a value that must not survive. */
function keepSecret(draft: Draft, value: string): void {
  if (draft.secrets.length < secretsMax && !draft.secrets.includes(value)) draft.secrets.push(value)
}

function noteCredential(draft: Draft, place: string, name: string, value: string): void {
  const lowerName = name.toLowerCase()
  const rank = place === 'proxy' ? 0 : (ranks.get(lowerName) ?? 0)
  const bare = bareCredential(value)
  if (isMasked(bare) || isMasked(value)) return
  const leak = `${place}.${lowerName}`
  if (draft.leaks.length < secretsMax && !draft.leaks.includes(leak)) draft.leaks.push(leak)
  keepSecret(draft, value)
  if (bare !== value) keepSecret(draft, bare)
  const effective = place === 'query' ? rank + queryRankStep : rank
  if (rank === 0 || (draft.rawTokenRank !== 0 && draft.rawTokenRank <= effective)) return
  draft.rawToken = bare
  draft.rawTokenRank = effective
}

/** Reads the credentials of a map of headers; names in any case, values text or lists. */
export function readHeaderCredentials(headers: JsonObject, draft: Draft): void {
  for (const name in headers) {
    if (!isCredentialName(name)) continue
    const value = textOf(headers[name])
    if (value !== undefined) noteCredential(draft, 'header', name, value)
  }
}

/** Reads a credential that the log has as a field of its own. */
export function readFieldCredential(name: string, value: unknown, draft: Draft): void {
  const text = textOf(value)
  if (text !== undefined) noteCredential(draft, 'field', name, text)
}

/** Reads credentials of a query string (`a=1&b=2`), names and values percent-encoded. */
export function readQueryCredentials(query: string, place: string, draft: Draft): void {
  let start = 0
  for (let pairs = 0; start < query.length && pairs < 200; pairs += 1) {
    const end = indexOfEither(query, start)
    const equals = query.indexOf('=', start)
    if (equals > start && equals < end) {
      readPair(query.slice(start, equals), query.slice(equals + 1, end), place, draft)
    }
    start = end + 1
  }
}

function indexOfEither(query: string, start: number): number {
  for (let i = start; i < query.length; i += 1) {
    const code = query.charCodeAt(i)
    if (code === 0x26 || code === 0x3b) return i
  }
  return query.length
}

function readPair(rawName: string, rawValue: string, place: string, draft: Draft): void {
  const name = decodePercent(decodePercent(rawName))
  const value = decodeForm(rawValue)
  if (isCredentialName(name)) {
    noteCredential(draft, place, name, value)
    if (rawValue !== value) keepSecret(draft, rawValue)
  } else if (value.length >= 16 && redactText(value) !== value) {
    const leak = `${place}.${redactText(name).slice(0, 40)}`
    if (draft.leaks.length < secretsMax && !draft.leaks.includes(leak)) draft.leaks.push(leak)
    keepSecret(draft, value)
  }
}

/** The fields that the caller wants of a form-encoded string of headers, as Apinto writes them. */
export function readEncodedHeaders(
  encoded: unknown,
  place: string,
  draft: Draft,
): { userAgent?: string; forwardedFor?: string; realAddress?: string } {
  const found: { userAgent?: string; forwardedFor?: string; realAddress?: string } = {}
  if (typeof encoded !== 'string') return found
  for (const pair of encoded.split('&', 200)) {
    const equals = pair.indexOf('=')
    const name = pair.slice(0, equals).toLowerCase()
    if (isCredentialName(name))
      noteCredential(draft, place, name, decodeForm(pair.slice(equals + 1)))
    else if (name === 'user-agent') found.userAgent = decodeForm(pair.slice(equals + 1))
    else if (name === 'x-forwarded-for') found.forwardedFor = decodeForm(pair.slice(equals + 1))
    else if (name === 'x-real-ip') found.realAddress = decodeForm(pair.slice(equals + 1))
  }
  return found
}

function decodeForm(value: string): string {
  return decodePercent(value.includes('+') ? value.replaceAll('+', ' ') : value)
}
