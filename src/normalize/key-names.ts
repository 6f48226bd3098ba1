import { printable } from './printable.ts'
import { objectOf } from './raw-value.ts'
import { redactText } from './redact.ts'

const keysMax = 40
const keyLengthMax = 60

/**
 * Key names of a record, dotted to the second level, redacted: what a reject may show. Values are never
 * looked at, except to go one level down.
 */
export function keyNamesOf(value: unknown): readonly string[] {
  const record = objectOf(value)
  if (record === undefined) return []
  const keys: string[] = []
  for (const name in record) {
    if (keys.length >= keysMax) break
    const inner = objectOf(record[name])
    if (inner === undefined) keys.push(clean(name))
    else addInner(keys, name, inner)
  }
  return keys
}

function addInner(keys: string[], name: string, inner: Readonly<Record<string, unknown>>): void {
  for (const innerName in inner) {
    if (keys.length >= keysMax) return
    keys.push(clean(`${name}.${innerName}`))
  }
}

/** Redacted before it is cut: half a secret is still one. */
const clean = (name: string) => redactText(printable(name.slice(0, 400))).slice(0, keyLengthMax)
