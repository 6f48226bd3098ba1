import type { PlantedSecret } from './planted-secrets.ts'

/** Characters in a row that are a leak: fewer may be chance, or the class that a person may see. */
const windowLength = 12
/** Of the public beginning of a credential, so many characters may stand in a window. */
const publicInWindow = 4
const bloomBits = 2 ** 24

/** A secret, or a part of it, where it must not be. */
export interface Leak {
  readonly issuer: string
  readonly secret: string
  /** The text around it. */
  readonly excerpt: string
}

/**
 * Finds secrets in text: each run of 12 characters of a secret, in any case, in clear, percent-encoded
 * once or twice, or in base64. One pass over the text, however many secrets there are.
 */
export function createLeakFinder(secrets: readonly PlantedSecret[]) {
  const windows = new Map(
    secrets.flatMap(secret =>
      formsOf(secret)
        .flatMap(windowsOf)
        .map(window => [window, secret] as const),
    ),
  )
  const mayBeWindow = createBloomFilter(windows.keys())

  function findIn(text: string, found: Map<PlantedSecret, Leak>): void {
    for (const end of mayBeWindow(text)) {
      const secret = windows.get(text.slice(end - windowLength, end))
      if (secret === undefined || found.has(secret)) continue
      const excerpt = text.slice(Math.max(0, end - 120), end + 120)
      found.set(secret, { issuer: secret.issuer, secret: secret.value, excerpt })
    }
  }

  /** One leak for each secret that is somewhere in the text. */
  return (text: string): readonly Leak[] => {
    const found = new Map<PlantedSecret, Leak>()
    let form = text.toLowerCase()
    for (let depth = 0; depth < 3; depth += 1) {
      findIn(form, found)
      const decoded = form.replaceAll(/%[0-9a-f]{2}/g, pair =>
        String.fromCharCode(Number.parseInt(pair.slice(1), 16)).toLowerCase(),
      )
      if (decoded === form) break
      form = decoded
    }
    return [...found.values()]
  }
}

const windowsOf = (form: string) =>
  Array.from({ length: Math.max(0, form.length - windowLength + 1) }, (_, at) =>
    form.slice(at, at + windowLength),
  )

/** Tells where in a text a window may end: seldom where none does (a rolling hash of Rabin and Karp). */
function createBloomFilter(windows: Iterable<string>) {
  const bits = new Uint8Array(bloomBits / 8)
  for (const window of windows) {
    const bit = hashOf(window) % bloomBits
    bits[bit >> 3] = (bits[bit >> 3] ?? 0) | (1 << (bit & 7))
  }
  return function* (text: string): Generator<number> {
    let hash = hashOf(text.slice(0, windowLength - 1))
    for (let at = windowLength - 1; at < text.length; at += 1) {
      hash = (Math.imul(hash, base) + text.charCodeAt(at)) >>> 0
      if (at >= windowLength) {
        hash = (hash - Math.imul(text.charCodeAt(at - windowLength), dropped)) >>> 0
      }
      const bit = hash % bloomBits
      if (((bits[bit >> 3] ?? 0) & (1 << (bit & 7))) !== 0) yield at + 1
    }
  }
}

const base = 0x01000193
const dropped = Array.from({ length: windowLength }).reduce<number>(
  product => Math.imul(product, base),
  1,
)

function hashOf(window: string): number {
  let hash = 0
  for (let at = 0; at < window.length; at += 1) {
    hash = (Math.imul(hash, base) + window.charCodeAt(at)) >>> 0
  }
  return hash
}

/** The secret part as it may stand in a text, lower case. */
function formsOf({ value, publicLength }: PlantedSecret): readonly string[] {
  const secretPart = value.slice(Math.max(0, publicLength - publicInWindow))
  // Base64 has three alignments; the characters at both ends depend on what stands beside.
  const encoded = [0, 1, 2].map(shift =>
    Buffer.from(' '.repeat(shift) + secretPart)
      .toString('base64')
      .replaceAll('=', '')
      .slice(4, -4),
  )
  return [secretPart, ...encoded].map(form => form.toLowerCase())
}
