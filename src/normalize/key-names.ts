import { keyClassOf } from './key-shapes.ts'
import { objectOf } from './raw-value.ts'
import { isCredential, redacted } from './redact.ts'

const keysMax = 40
const keyLengthMax = 60

/**
 * Key names of a record, dotted to the second level: what a reject may show. Values are never looked at,
 * except to go one level down. In a record of an unknown shape anything may stand in the place of a
 * name, so only what reads like a name is shown.
 */
export function keyNamesOf(value: unknown): readonly string[] {
  const record = objectOf(value)
  if (record === undefined) return []
  const keys: string[] = []
  for (const name in record) {
    if (keys.length >= keysMax) break
    const inner = objectOf(record[name])
    if (inner === undefined) keys.push(shown(name).slice(0, keyLengthMax))
    else addInner(keys, name, inner)
  }
  return keys
}

function addInner(keys: string[], name: string, inner: Readonly<Record<string, unknown>>): void {
  for (const innerName in inner) {
    if (keys.length >= keysMax) return
    keys.push(`${shown(name)}.${shown(innerName)}`.slice(0, keyLengthMax))
  }
}

/** Letters, digits, and the marks of field names, headers and annotations; blanks between words. */
const nameShape = /^[\w@$:*.-]+( [\w@$:*.-]+){0,5}$/
const nameLengthMax = 60
const changesMax = 3

const shown = (name: string) => (isName(name) ? name : redacted)

/** A URL, an agent, a path, a password or a random key is no name of a field. */
function isName(name: string): boolean {
  if (name.length > nameLengthMax || !nameShape.test(name)) return false
  if (changesIn(name) > 2 * changesMax || hasKnownShape(name)) return false
  return name
    .split(/[^A-Za-z0-9]+/)
    .every(word => changesIn(word) <= changesMax && !isCredential(word))
}

/** Of the whole name or of what follows a mark: `x-<key>`. */
function hasKnownShape(name: string): boolean {
  if (isCredential(name)) return true
  for (const { index } of name.matchAll(/[^A-Za-z0-9]/g)) {
    if (keyClassOf(name.slice(index + 1)) !== undefined) return true
  }
  return false
}

/** From letters to digits and back: one in `sha256`, two in `utf8mb4`, many in what is random. */
const changesIn = (word: string) => word.match(/[A-Za-z](?=\d)|\d(?=[A-Za-z])/g)?.length ?? 0
