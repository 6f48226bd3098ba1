import { isWeekend } from '../baseline/calendar.ts'
import { at, start } from '../baseline/layout.ts'
import { get, getFloat, type TokenState } from '../baseline/token-states.ts'
import type { Evidence } from '../domain/finding.ts'
import type { Detector, StatisticalDetector } from './detector.ts'
import type { Fact } from './facts.ts'

/** All sentences about evidence, in plain English, from the numbers that the score is made of. */

/** 1.64 scales on either side hold 90 % of a prediction. */
const bandScales = 1.64

/** `03:00 UTC on a weekday`. */
export function hourText(ms: number): string {
  const hour = new Date(ms).getUTCHours().toString().padStart(2, '0')
  const day = isWeekend(Math.floor(ms / 86_400_000)) ? 'weekend' : 'weekday'
  return `${hour}:00 UTC on a ${day}`
}

/** The evidence of one fact; `contribution` is its share of the finding's surprise, nats. */
export function explain(
  detector: Detector,
  fact: Fact,
  context: { readonly state: TokenState; readonly contribution: number; readonly isSlow: boolean },
): Evidence {
  const { observed, expected } = inUnits(detector, fact)
  const evidence = {
    detector: detector.id,
    surprise: fact.evidence,
    contribution: context.contribution,
  }
  if (detector.kind === 'rule') {
    const [text = ''] = fact.values
    return {
      ...evidence,
      observed,
      expected,
      values: [],
      text,
      history: 'A rule, not a statistic.',
    }
  }
  const rarity = `once in about ${days(fact.evidence)} token-days`
  const slow = context.isSlow ? '; a little more every day for days on end' : ''
  return {
    ...evidence,
    observed,
    expected,
    values: fact.values,
    text: `expected ${expectedText(detector, fact)}, saw ${seenText(detector, fact)}; ${rarity}${slow}`,
    history: historyText(detector, context.state),
  }
}

function inUnits(detector: Detector, { observed, expected }: Fact) {
  if (detector.kind !== 'magnitude') return { observed, expected }
  return { observed: fromLog(detector.id, observed), expected: fromLog(detector.id, expected) }
}

/** Magnitudes are ln(1 + y), the object ratio is ln y. */
function fromLog(id: string, value: number): number {
  return id === 'objects-per-request' ? Math.exp(value) : Math.max(0, Math.expm1(value))
}

function expectedText(detector: StatisticalDetector, fact: Fact): string {
  switch (detector.kind) {
    case 'count':
      return `${amount(fact.expected)} ${detector.noun} today`
    case 'magnitude': {
      const low = fromLog(detector.id, fact.expected - bandScales * fact.spread)
      const high = fromLog(detector.id, fact.expected + bandScales * fact.spread)
      return `${amount(low)} to ${amount(high)} ${detector.noun}`
    }
    case 'hours':
      return 'activity in its usual hours'
    case 'silence':
      return `a call every ${amount(fact.expected)} days`
    case 'shared-source':
      return 'its prefix to surprise no other token'
    case 'refused-source':
      return 'its prefix to try no unknown tokens'
  }
}

function seenText(detector: StatisticalDetector, fact: Fact): string {
  const list = fact.values.join(', ')
  const values = list === '' ? '' : `: ${list}`
  switch (detector.kind) {
    case 'count':
      // Only the values of calls that raised the score are kept.
      return fact.values.length < Math.round(fact.observed) && list !== ''
        ? `${amount(fact.observed)}, such as ${list}`
        : `${amount(fact.observed)}${values}`
    case 'magnitude':
      return amount(fromLog(detector.id, fact.observed))
    case 'hours':
      return `a call at ${fact.values.at(-1)}, in hours that hold ${amount(100 * fact.observed)} % of it`
    case 'silence':
      return `one after ${amount(fact.observed)} days of silence`
    case 'shared-source':
    case 'refused-source':
      return `${amount(fact.observed)} ${detector.noun}${values}`
  }
}

function historyText(detector: StatisticalDetector, state: TokenState): string {
  const activeDays = amount(get(state, at.activeDays))
  const since = `in ${activeDays} active days`
  if (detector.kind === 'count') {
    const seen = getFloat(state, start.countHistory + detector.counts)
    const peers = getFloat(state, start.countExposure + detector.counts)
    return `This token had about ${amount(seen)} ${since}, recent ones weigh more; its peers would have ${amount(peers)}.`
  }
  if (detector.kind === 'magnitude') {
    const mean = fromLog(detector.id, getFloat(state, start.magnitudeMean + detector.measures))
    return `Typically ${amount(mean)} ${since}.`
  }
  return `Known for ${activeDays} active days with ${amount(get(state, at.activeHours))} active hours.`
}

/** Token-days in which such a surprise comes about once: 1 or 2 significant digits. */
function days(surprise: number): string {
  return amount(Number(Math.exp(surprise).toPrecision(2)))
}

/** A number for a reader: grouped thousands, at most two decimals, small ones as "under 0.01". */
function amount(value: number): string {
  if (value > 0 && value < 0.01) return 'under 0.01'
  const digits = value < 10 ? 2 : 0
  const rounded = Number(value.toFixed(digits))
  const [whole = '0', fraction] = rounded.toString().split('.')
  if (!Number.isSafeInteger(Math.trunc(rounded))) return rounded.toPrecision(2)
  const grouped = whole.replaceAll(/\B(?=(\d{3})+$)/g, ',')
  return fraction === undefined ? grouped : `${grouped}.${fraction}`
}
