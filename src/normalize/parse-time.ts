import type { TimeUnit } from './draft.ts'

const dayMs = 86_400_000
const months = 'JanFebMarAprMayJunJulAugSepOctNovDec'

const digit = (text: string, at: number) => text.charCodeAt(at) - 0x30

/** The number in `count` digits from `at`; NaN when one is no digit. */
function digits(text: string, at: number, count: number): number {
  let value = 0
  for (let i = at; i < at + count; i += 1) {
    const d = digit(text, i)
    if (!(d >= 0 && d <= 9)) return Number.NaN
    value = value * 10 + d
  }
  return value
}

/** Days since 1970 in ms of a civil date; NaN where it does not exist. */
function dateMs(year: number, month: number, day: number): number {
  if (!(month >= 1 && month <= 12 && day >= 1 && day <= 31 && year >= 0)) return Number.NaN
  const ms = Date.UTC(year, month - 1, day)
  // Date.UTC carries 31 February over into March and reads year 70 as 1970.
  return Math.floor(ms / dayMs) * dayMs === ms && sameDate(ms, year, day) ? ms : Number.NaN
}

function sameDate(ms: number, year: number, day: number): boolean {
  const date = new Date(ms)
  return date.getUTCFullYear() === year && date.getUTCDate() === day
}

/** ms of HH:MM:SS from `at`; a leap second counts as the second before. */
function clockMs(text: string, at: number): number {
  const hour = digits(text, at, 2)
  const minute = digits(text, at + 3, 2)
  const second = digits(text, at + 6, 2)
  if (text[at + 2] !== ':' || text[at + 5] !== ':') return Number.NaN
  if (!(hour <= 23 && minute <= 59 && second <= 60)) return Number.NaN
  return (hour * 3600 + minute * 60 + Math.min(second, 59)) * 1000
}

/** Offset from UTC in ms of `Z`, `+hh:mm`, `+hhmm` or `+hh` from `at` to the end; none means UTC. */
function offsetMs(text: string, at: number): number {
  const rest = text.slice(at).trim()
  if (rest === '' || rest === 'Z' || rest === 'z' || rest === 'UTC') return 0
  const sign = rest.startsWith('-') ? -1 : 1
  if (rest[0] !== '+' && rest[0] !== '-') return Number.NaN
  const body = rest.slice(1).replace(':', '')
  if (body.length !== 2 && body.length !== 4) return Number.NaN
  const hours = digits(body, 0, 2)
  const minutes = body.length === 4 ? digits(body, 2, 2) : 0
  return hours <= 18 && minutes <= 59 ? sign * (hours * 60 + minutes) * 60_000 : Number.NaN
}

/** ISO dates repeat for hours: the last one is remembered. */
function createIsoParser() {
  let lastDate = ''
  let lastMs = Number.NaN

  return (text: string): number => {
    const date = text.slice(0, 10)
    if (date !== lastDate) {
      lastDate = date
      const isDate = date[4] === '-' && date[7] === '-'
      lastMs = isDate
        ? dateMs(digits(date, 0, 4), digits(date, 5, 2), digits(date, 8, 2))
        : Number.NaN
    }
    const separator = text[10]
    if (separator !== 'T' && separator !== ' ' && separator !== 't') return Number.NaN
    const { ms, end } = fraction(text, 19)
    return lastMs + clockMs(text, 11) + ms - offsetMs(text, end)
  }
}

/** Whole ms of `.123456789` or `,123` at `at`, and where it ends. */
function fraction(text: string, at: number): { ms: number; end: number } {
  if (text[at] !== '.' && text[at] !== ',') return { ms: 0, end: at }
  let end = at + 1
  let ms = 0
  for (let weight = 100; digit(text, end) >= 0 && digit(text, end) <= 9; end += 1) {
    ms += digit(text, end) * weight
    weight /= 10
  }
  // A point without digits is no fraction.
  return { ms: end === at + 1 ? Number.NaN : Math.floor(ms), end }
}

/** `05/Jan/2026:09:00:01 +0000`, the common log format. */
function clfMs(text: string): number {
  const month = months.indexOf(text.slice(3, 6))
  if (text[2] !== '/' || text[6] !== '/' || text[11] !== ':' || month < 0 || month % 3 !== 0) {
    return Number.NaN
  }
  const date = dateMs(digits(text, 7, 4), month / 3 + 1, digits(text, 0, 2))
  return date + clockMs(text, 12) - offsetMs(text, 20)
}

const isoMs = createIsoParser()

/**
 * Milliseconds since epoch, whole.
 *
 * Reads numbers and numeric strings in `unit`, ISO 8601 dates (1 to 9 digits of a second, any offset;
 * none means UTC) and the common log format. Nothing is guessed from the size of a number: `msec` is
 * seconds in nginx and milliseconds in Apinto, so the format says which.
 *
 * @returns NaN for what is no time
 */
export function parseTime(value: unknown, unit: TimeUnit): number {
  const scale = unit === 's' ? 1000 : 1
  if (typeof value === 'number') return Math.round(value * scale)
  if (typeof value !== 'string' || value.length > 40) return Number.NaN
  if (value[2] === '/') return clfMs(value)
  if (value[4] === '-') return isoMs(value)
  const first = digit(value, 0)
  return first >= 0 && first <= 9 ? Math.round(Number(value) * scale) : Number.NaN
}
