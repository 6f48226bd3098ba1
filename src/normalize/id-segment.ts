import { isUlid, looksRandom } from './looks-random.ts'

/** What one pass over a segment tells. */
interface Texture {
  digits: number
  letters: number
  marks: number
  /** Percent, non-ASCII and everything else. */
  others: number
  isHex: boolean
  /** Changes between letters and digits. */
  changes: number
}

function textureOf(segment: string): Texture {
  const counts = [0, 0, 0, 0, 0]
  let isHex = true
  let changes = 0
  let previous = 0
  for (let i = 0; i < segment.length; i += 1) {
    const code = segment.charCodeAt(i)
    const kind = kindOf(code)
    counts[kind] = (counts[kind] ?? 0) + 1
    if (kind === 2 && (code & 0x5f) > 0x46) isHex = false
    if (previous !== 0 && kind <= 2 && kind !== previous) changes += 1
    if (kind <= 2) previous = kind
  }
  const [, digits = 0, letters = 0, marks = 0, others = 0] = counts
  return { digits, letters, marks, others, isHex, changes }
}

/** Marks that words of a route may hold: `-`, `_`, `.`, `:`, `~`, `+`, `@`, `$metadata`, `*`. */
const marks: readonly number[] = [0x2d, 0x5f, 0x2e, 0x3a, 0x7e, 0x2b, 0x40, 0x24, 0x2a]

/** 1 digit, 2 letter, 3 mark, 4 other. */
function kindOf(code: number): number {
  if (code >= 0x30 && code <= 0x39) return 1
  const letter = code & 0x5f
  if (letter >= 0x41 && letter <= 0x5a && code >= 0x41 && code < 0x80) return 2
  return marks.includes(code) ? 3 : 4
}

/** `1`, `2.0`, `2024-01`: a version has dots only and at most six characters. */
function isVersion(segment: string): boolean {
  return segment.length <= 6 && /^\d{1,3}(\.\d{1,3}){1,2}$/.test(segment)
}

/** Letters, then a mark, then something with digits: `user_42`, `cus_9s6XKzkNRiz8i3`, `ord-1001`. */
function isPrefixedId(segment: string): boolean {
  const at = segment.search(/[_\-:]/)
  if (at < 1 || at > 12 || !/^[A-Za-z]/.test(segment)) return false
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
  // `{id}` and `:id` of a template stay as they are.
  if (length === 0 || segment.startsWith('{') || segment.startsWith(':')) return false
  const texture = textureOf(segment)
  if (texture.others > 0 || length > 60 || segment.includes('@')) return true
  if (texture.digits === 0) return length > 40
  return isCode(segment, texture) || isStructured(segment, texture)
}

/** Numbers, hashes and codes: told by what they are made of. */
function isCode(segment: string, texture: Texture): boolean {
  return isNumeric(segment, texture) || isHash(segment, texture) || isMixedCode(segment, texture)
}

/** Told by their form; a long slug with a number in it is an article, not a collection. */
function isStructured(segment: string, { marks }: Texture): boolean {
  if (isPrefixedId(segment)) return true
  const { length } = segment
  if (length >= 20 && (marks >= 2 || isUlid(segment) || looksRandom(segment))) return true
  return length >= 6 && isDate(segment)
}

/** A segment without its file extension. */
export function stemOf(segment: string): string {
  const dot = segment.lastIndexOf('.')
  const { length } = segment
  if (dot < 1 || segment.includes('@') || length - dot < 3 || length - dot > 6) return segment
  return /^\.[a-z][a-z0-9]+$/i.test(segment.slice(dot)) ? segment.slice(0, dot) : segment
}
