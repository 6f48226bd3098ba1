import type { JsonObject } from './format.ts'

/** How logs write "nothing". */
function isPlaceholder(text: string): boolean {
  return text === '' || text === '-' || text === 'null' || text === '(null)'
}

/** The object, or undefined for anything else; arrays are no objects here. */
export function objectOf(value: unknown): JsonObject | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as JsonObject)
    : undefined
}

/** Text of a string or number, the first element of a list (repeated headers); placeholders are absent. */
export function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return isPlaceholder(value) ? undefined : value
  if (typeof value === 'number' && Number.isFinite(value)) return String(value)
  if (Array.isArray(value) && typeof value[0] === 'string') return textOf(value[0])
  return undefined
}

/**
 * A finite number >= 0 from a number or a numeric string. Logs write "unknown" as -1, `-` or empty;
 * those and everything else are absent.
 */
export function quantityOf(value: unknown): number | undefined {
  if (typeof value === 'number')
    return value >= 0 && value < Number.POSITIVE_INFINITY ? value : undefined
  if (typeof value !== 'string' || value === '' || value.length > 32) return undefined
  const first = value.charCodeAt(0)
  if (first < 0x30 || first > 0x39) return undefined
  const number = Number(value)
  return Number.isFinite(number) ? number : undefined
}

/** First of the named fields that holds text. */
export function firstText(record: JsonObject, names: readonly string[]): string | undefined {
  for (const name of names) {
    const text = textOf(record[name])
    if (text !== undefined) return text
  }
  return undefined
}
