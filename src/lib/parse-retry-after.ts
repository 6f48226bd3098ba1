/**
 * The wait that a `Retry-After` header asks for: seconds, or the date of RFC 9110 section 10.2.3.
 *
 * @param nowMs - ms since epoch, to which a date is compared
 * @returns ms, >= 0, or undefined when there is no header or it makes no sense
 */
export function parseRetryAfter(header: string | undefined, nowMs: number): number | undefined {
  if (header === undefined) return undefined
  const text = header.trim()
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1000
  // A date has a weekday and a zone; `Date.parse` alone would take `12` or `-5` for a year.
  if (!/^[A-Za-z]{3,9},? .*GMT$/.test(text)) return undefined
  const atMs = Date.parse(text)
  return Number.isNaN(atMs) ? undefined : Math.max(0, atMs - nowMs)
}
