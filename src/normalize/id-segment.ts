import { isUlid, looksRandom } from './looks-random.ts'

/** What one pass over a segment tells. */
interface Texture {
  digits: number
  letters: number
  /** `-`, `_`, `.`, `:`, `~`, `+`, `@`. */
  marks: number
  /** Percent, non-ASCII and everything else. */
  others: number
  isHex: boolean
  /** Changes between letters and digits. */
  changes: number
}

function textureOf(segment: string): Texture {
  const texture = { digits: 0, letters: 0, marks: 0, others: 0, isHex: true, changes: 0 }
  let previous = 0
  for (let i = 0; i < segment.length; i += 1) {
    const code = segment.charCodeAt(i)
    const kind = kindOf(code)
    if (kind === 1) texture.digits += 1
    else if (kind === 2) {
      texture.letters += 1
      if ((code & 0x5f) > 0x46) texture.isHex = false
    } else if (kind === 3) texture.marks += 1
    else texture.others += 1
    if (previous !== 0 && kind <= 2 && kind !== previous) texture.changes += 1
    if (kind <= 2) previous = kind
  }
  return texture
}

/** 1 digit, 2 letter, 3 mark, 4 other. */
function kindOf(code: number): number {
  if (code >= 0x30 && code <= 0x39) return 1
  const letter = code & 0x5f
  if (letter >= 0x41 && letter <= 0x5a && code >= 0x41 && code < 0x80) return 2
  const isMark = code === 0x2d || code === 0x5f || code === 0x2e || code === 0x3a
  return isMark || code === 0x7e || code === 0x2b || code === 0x40 ? 3 : 4
}

/** `1`, `2.0`, `2024-01`: a version has dots only and at most six characters. */
function isVersion(segment: string): boolean {
  return segment.length <= 6 && /^\d{1,3}(\.\d{1,3}){1,2}$/.test(segment)
}

/** Letters, then a mark, then something with digits: `user_42`, `cus_9s6XKzkNRiz8i3`, `ord-1001`. */
function isPrefixedId(segment: string): boolean {
  const at = segment.search(/[_\-:.]/)
  if (at < 1 || at > 12) return false
  const rest = segment.slice(at + 1)
  if (/^\d+$/.test(rest)) return true
  return (
    rest.length >= 6 &&
    /^[0-9A-Za-z]+$/.test(rest) &&
    /\d[A-Za-z].*\d|[A-Za-z]\d.*[A-Za-z]/.test(rest)
  )
}

/** Only digits and marks: numbers, dates, times, telephone numbers, addresses. */
function isNumeric(segment: string, { digits, letters, others }: Texture): boolean {
  if (letters > 0 || others > 0) return false
  return digits > 0 && !isVersion(segment)
}

/** `20240105T093000Z`, `2024-W01-2`: a date in letters that belong to dates. */
function isDate(segment: string): boolean {
  return /^\d{4}-?(\d{2}|W\d{2})(-?\d{1,2})?([T ][\d:.]+(Z|[+-][\d:]+)?)?$/.test(segment)
}

function isHash(segment: string, { digits, letters, isHex, marks }: Texture): boolean {
  if (!isHex || marks > 0) return false
  return segment.length >= 8 && digits > 0 && (letters > 0 || segment.length >= 16)
}

const uuid = /^\{?[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\}?$/i

/** Letters and digits without marks that no word has: `sku12345`, `B00X4WHP5E`. */
function isMixedCode(segment: string, { digits, letters, changes, marks }: Texture): boolean {
  if (marks > 0 || digits === 0 || letters === 0) return false
  return digits >= 4 || (changes >= 3 && segment.length >= 6)
}

/**
 * Whether a path segment names an object rather than a kind of thing. `v1`, `oauth2`, `s3`, `1.0` are
 * words; a number, date, UUID, ULID, hash, prefixed id, address, e-mail or long slug with a number is an id.
 *
 * Decided from the segment alone, so that the same path gives the same route on every node and after
 * every restart.
 */
export function isIdSegment(segment: string): boolean {
  const { length } = segment
  if (length === 0 || segment === '{id}') return false
  if (segment.charCodeAt(0) === 0x7b || segment.charCodeAt(0) === 0x3a) return false
  const texture = textureOf(segment)
  if (texture.digits === 0) return length > 40 || texture.others > 0 || segment.includes('@')
  if (texture.others > 0 || segment.includes('@') || length > 60) return true
  if (isNumeric(segment, texture) || isHash(segment, texture) || isMixedCode(segment, texture)) {
    return true
  }
  if (length < 6) return isPrefixedId(segment)
  if (uuid.test(segment) || isUlid(segment) || isDate(segment) || isPrefixedId(segment)) return true
  return looksRandom(segment) || (length >= 20 && texture.marks >= 2)
}

/** A segment without its file extension. */
export function stemOf(segment: string): string {
  const dot = segment.lastIndexOf('.')
  const { length } = segment
  if (dot < 1 || length - dot < 3 || length - dot > 6) return segment
  return /^\.[a-z][a-z0-9]+$/i.test(segment.slice(dot)) ? segment.slice(0, dot) : segment
}
