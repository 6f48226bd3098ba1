import { el } from './element.ts'

const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 })
const short = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 })
const moment = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' })
const clock = new Intl.DateTimeFormat(undefined, { timeStyle: 'medium' })

/** 1,234,567 */
export const count = (value: number) => whole.format(value)

/** 1.2M; with a decimal below 10. */
export const compact = (value: number) => {
  if (Math.abs(value) >= 10_000) return short.format(value)
  return Math.abs(value) < 10 && !Number.isInteger(value) ? value.toFixed(1) : whole.format(value)
}

export function bytes(value: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB']
  const power = Math.min(Math.floor(Math.log10(Math.max(value, 1)) / 3), units.length - 1)
  return `${compact(value / 1000 ** power)} ${units[power]}`
}

/** `new-network` and `false_positive` as words: New network, False positive. */
export function words(id: string): string {
  const text = id.replaceAll(/[-_.]/g, ' ')
  return text.charAt(0).toUpperCase() + text.slice(1)
}

export function plural(amount: number, one: string, many = `${one}s`): string {
  return `${count(amount)} ${amount === 1 ? one : many}`
}

export function duration(milliseconds: number): string {
  const seconds = Math.max(0, milliseconds) / 1000
  if (seconds < 10) return `${seconds.toFixed(1)} s`
  if (seconds < 100) return `${Math.round(seconds)} s`
  if (seconds < 6_000) return `${Math.round(seconds / 60)} min`
  if (seconds < 48 * 3_600) return `${Math.round(seconds / 3_600)} h`
  return `${Math.round(seconds / 86_400)} days`
}

export const timeOfDay = (milliseconds: number) => clock.format(milliseconds)

function ago(milliseconds: number): string {
  const past = Date.now() - milliseconds
  return past < 2_000
    ? 'just now'
    : `${duration(Math.floor(past / 1_000) * 1_000).replace('.0', '')} ago`
}

/** A moment as distance from now, kept current by `tickTimes`; the full time on hover. */
export const timeAgo = (milliseconds: number) =>
  el(
    'time',
    {
      datetime: new Date(milliseconds).toISOString(),
      title: moment.format(milliseconds),
      'data-ms': milliseconds,
    },
    ago(milliseconds),
  )

export function tickTimes(): void {
  for (const time of document.querySelectorAll<HTMLElement>('time[data-ms]')) {
    const text = ago(Number(time.dataset['ms']))
    if (time.textContent !== text) time.textContent = text
  }
}

/** What a person knows the token by: its hint, unless that is only the beginning of a raw key. */
export const tokenName = (token: {
  readonly tokenHint: string
  readonly consumer?: string | undefined
}) => (token.tokenHint.endsWith('…') ? (token.consumer ?? token.tokenHint) : token.tokenHint)

/** AS64500 · DE · hosting; what is unknown is left out. */
export function networkWords(network: {
  readonly asn: number
  readonly country: string
  readonly networkType: string
}): string {
  const { asn, country, networkType } = network
  const known = [
    asn === 0 ? '' : `AS${asn}`,
    country,
    networkType === 'unknown' ? '' : networkType,
  ].filter(part => part !== '')
  return known.join(' · ') || 'unknown network'
}
