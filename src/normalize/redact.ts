import { keyClassOf } from './key-shapes.ts'
import { looksRandom } from './looks-random.ts'

/** What stands where a credential stood. */
export const redacted = '[redacted]'

/** Shorter values are no credentials, and replacing them would eat ordinary text. */
const secretLengthMin = 6
/** Words of running text; a credential holds none of these characters. */
const separator = /[\s"'`,;()<>{}[\]|=&?/\\]+/

/** A percent-encoded text decoded; itself where it is not validly encoded. */
export function decodePercent(text: string): string {
  if (!text.includes('%')) return text
  try {
    return decodeURIComponent(text)
  } catch {
    // A stray `%` must not hide what stands beside it: valid pairs of ASCII are decoded one by one.
    return text.replaceAll(/%([2-7][0-9a-fA-F])/g, (_, pair: string) =>
      String.fromCharCode(Number.parseInt(pair, 16)),
    )
  }
}

/** Whether a word is a credential by its shape or by its randomness. */
export function isCredential(word: string): boolean {
  return keyClassOf(word) !== undefined || looksRandom(word)
}

/** Standard base64, whose slashes would make short words of a long secret. */
const base64Run = /[A-Za-z0-9+/]{32,}={0,2}/g

/** Words of any text that look like credentials become `[redacted]`; the rest stays as it was. */
export function redactText(text: string): string {
  if (text.length < 16) return text
  let result = /[+/]/.test(text) ? text.replaceAll(base64Run, redactBase64) : text
  for (const word of result.split(separator)) {
    if (word.length >= 16 && isCredentialInside(word)) result = result.replaceAll(word, redacted)
  }
  return result
}

/** A path has as many slashes, but its words do not change from letters to digits as often. */
function redactBase64(run: string): string {
  const word = run.replaceAll(/[+/=]/g, '')
  return word !== run && looksRandom(word) ? redacted : run
}

/** The word itself, encoded once or twice, a part of it, or all after its first colon. */
function isCredentialInside(word: string): boolean {
  const once = decodePercent(word)
  const twice = decodePercent(once)
  for (const form of once === word ? [word] : [word, once, twice]) {
    if (isCredential(form)) return true
    if (form.split(/[\s:@,;=&?/]/).some(part => part !== form && isCredential(part))) return true
    // Some credentials have a colon in them: `token:123456:abc`.
    if (form.includes(':') && isCredential(form.slice(form.indexOf(':') + 1))) return true
  }
  return false
}

/** For names and ids, which may be random by nature: only words of a known issuer's shape go. */
export function redactKnownKeys(text: string): string {
  if (text.length < 16) return text
  let result = text
  for (const word of text.split(separator)) {
    if (keyClassOf(word) ?? keyClassOf(decodePercent(word))) {
      result = result.replaceAll(word, redacted)
    }
  }
  return result
}

/** Takes values that are known to be secret out of a text, also where they are percent-encoded. */
export function redactSecrets(text: string, secrets: readonly string[]): string {
  let result = text
  for (const secret of secrets) {
    if (secret.length < secretLengthMin || result === '') continue
    if (result.includes(secret)) result = result.replaceAll(secret, redacted)
    if (result.includes('%')) result = redactEncodedSecret(result, secret)
  }
  return result
}

/** A word whose decoded form holds the secret goes as a whole: its borders cannot be told. */
function redactEncodedSecret(text: string, secret: string): string {
  return text
    .split('/')
    .map(part => {
      const once = decodePercent(part)
      return once.includes(secret) || decodePercent(once).includes(secret) ? redacted : part
    })
    .join('/')
}
