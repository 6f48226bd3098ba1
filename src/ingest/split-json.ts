const QUOTE = 0x22
const BACKSLASH = 0x5c
const COMMA = 0x2c
const OPEN_BRACE = 0x7b
const CLOSE_BRACE = 0x7d
const OPEN_BRACKET = 0x5b
const CLOSE_BRACKET = 0x5d

/**
 * Cuts JSON text into its records without parsing them: the elements if the text is one array, else
 * the objects and arrays that stand one after the other (one or many, pretty-printed or not).
 *
 * @returns views of the text; undefined when it is no such text, or brackets or quotes do not close
 */
export function splitJson(text: Buffer): readonly Buffer[] | undefined {
  const start = skipSpace(text, 0)
  if (text[start] !== OPEN_BRACKET) return splitValues(text, start)
  const end = valueEnd(text, start)
  if (end === -1) return undefined
  // Several arrays one after the other are records of their own, each with several calls.
  return skipSpace(text, end) === text.length
    ? splitElements(text, start + 1)
    : splitValues(text, start)
}

function splitValues(text: Buffer, start: number): readonly Buffer[] | undefined {
  const values: Buffer[] = []
  let at = start
  while (at < text.length) {
    // Only what has brackets: words in a row are text.
    const end = nesting[text[at] ?? 0] === 1 ? nestedEnd(text, at) : -1
    if (end === -1) return undefined
    values.push(text.subarray(at, end))
    at = skipSpace(text, end)
  }
  return values
}

function splitElements(text: Buffer, start: number): readonly Buffer[] | undefined {
  const elements: Buffer[] = []
  let at = skipSpace(text, start)
  if (text[at] === CLOSE_BRACKET) return elements
  for (;;) {
    const end = valueEnd(text, at)
    if (end <= at) return undefined
    elements.push(text.subarray(at, end))
    at = skipSpace(text, end)
    if (text[at] === CLOSE_BRACKET) return elements
    if (text[at] !== COMMA) return undefined
    at = skipSpace(text, at + 1)
  }
}

/** Position after the value that starts here; -1 when it has no end. */
function valueEnd(text: Buffer, start: number): number {
  const first = text[start]
  if (first === QUOTE) return stringEnd(text, start)
  return first === OPEN_BRACE || first === OPEN_BRACKET
    ? nestedEnd(text, start)
    : scalarEnd(text, start)
}

function nestedEnd(text: Buffer, start: number): number {
  let depth = 0
  let at = start
  while (at !== -1 && at < text.length) {
    const byte = text[at] ?? 0
    if (byte === QUOTE) {
      at = stringEnd(text, at)
      continue
    }
    depth += nesting[byte] ?? 0
    at += 1
    if (depth === 0) return at
  }
  return -1
}

/** By byte: how far it leads into or out of objects and arrays. Which is which, the parser checks. */
const nesting = new Int8Array(256)
nesting[OPEN_BRACE] = 1
nesting[OPEN_BRACKET] = 1
nesting[CLOSE_BRACE] = -1
nesting[CLOSE_BRACKET] = -1

function stringEnd(text: Buffer, start: number): number {
  for (let at = start + 1; ; at++) {
    at = text.indexOf(QUOTE, at)
    if (at === -1) return -1
    let backslashes = 0
    while (text[at - 1 - backslashes] === BACKSLASH) backslashes += 1
    if (backslashes % 2 === 0) return at + 1
  }
}

/** A number, a word, or what should have been one: never empty, so that a scan always moves on. */
function scalarEnd(text: Buffer, start: number): number {
  let at = start
  while (at < text.length && !isDelimiter(text[at] ?? 0)) at += 1
  return at === start ? -1 : at
}

const isDelimiter = (byte: number) =>
  isSpace(byte) || byte === COMMA || byte === CLOSE_BRACKET || byte === CLOSE_BRACE

const isSpace = (byte: number) => byte === 32 || (byte >= 9 && byte <= 13)

function skipSpace(text: Buffer, start: number): number {
  let at = start
  while (at < text.length && isSpace(text[at] ?? 0)) at += 1
  return at
}
