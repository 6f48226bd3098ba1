const lower = 1
const upper = 2
const digit = 3
const other = 4

function classOf(code: number): number {
  if (code >= 0x61 && code <= 0x7a) return lower
  if (code >= 0x41 && code <= 0x5a) return upper
  return code >= 0x30 && code <= 0x39 ? digit : other
}

interface Texture {
  digits: number
  lowers: number
  uppers: number
  others: number
  /** Letters beyond f: none means that the word may be hexadecimal. */
  beyondHex: number
  /** Changes from one class of character to another. */
  changes: number
}

function countClass(texture: Texture, kind: number): void {
  if (kind === digit) texture.digits += 1
  else if (kind === lower) texture.lowers += 1
  else if (kind === upper) texture.uppers += 1
  else texture.others += 1
}

function textureOf(word: string): Texture {
  const texture = { digits: 0, lowers: 0, uppers: 0, others: 0, beyondHex: 0, changes: 0 }
  let previous = 0
  for (let i = 0; i < word.length; i += 1) {
    const code = word.charCodeAt(i)
    const kind = classOf(code)
    countClass(texture, kind)
    if (kind <= upper && (code & 0x5f) > 0x46) texture.beyondHex += 1
    if (previous !== 0 && kind !== previous) texture.changes += 1
    previous = kind
  }
  return texture
}

/**
 * Whether a word looks like a random secret rather than a name or an ordinary id.
 *
 * Judged by how often the class of character changes (lower, upper, digit): in random base62 in 62 of
 * 100 places, in `getUserProfileByEmail` in fewer and without digits. Hexadecimal counts from 32
 * characters on (an object id of 24 is an id); a UUID never does, nor does a ULID.
 */
export function looksRandom(word: string): boolean {
  const { length } = word
  if (length < 20 || length > 4_096) return false
  const texture = textureOf(word)
  const { digits, lowers, uppers, others, beyondHex, changes } = texture
  if (others === 0 && beyondHex === 0) return length >= 32 && digits > 0 && digits < length
  if (others > length / 8) return false
  if (lowers > 0 && uppers > 0) return changes >= 0.35 * length && digits >= digitsMin(length)
  return length >= 24 && isDenseCode(texture, length) && !isUlid(word)
}

/** One case only: base32 and base36 keys. */
function isDenseCode({ digits, others, changes }: Texture, length: number): boolean {
  return others === 0 && digits >= 4 && changes >= 0.3 * length
}

/** Random base62 of 20 characters has three digits on average, and fewer than two in 1 of 7 cases. */
function digitsMin(length: number): number {
  if (length >= 40) return 0
  return length >= 32 ? 1 : 2
}

/** 26 characters of Crockford's base32, the first at most 7. */
export function isUlid(word: string): boolean {
  return word.length === 26 && /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/i.test(word)
}
