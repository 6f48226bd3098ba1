import type { BaselineValue, PopulationRow } from '../domain/token-baseline.ts'
import { groupLength } from './peer-group.ts'
import type { Population } from './population.ts'
import { numberIn, numbersIn, textsIn } from './token-row.ts'

/** Columns of the population, but those of its calibrators and sources. Copies. */
export function toPopulationColumns(population: Population): Record<string, BaselineValue> {
  const { known, groups } = population
  const columns = known.columns
  return {
    population_day: population.day,
    largest_ts_ms: population.largestTsMs,
    population_days: population.days,
    token_days: population.tokenDays,
    class_surprises: joined([population.surprises, population.surprisesToday]),
    class_hours: joined([population.hours, population.hoursToday]),
    dispersion_weight: population.dispersionWeight.slice(),
    dispersion_excess: population.dispersionExcess.slice(),
    dispersion: population.dispersion.slice(),
    group_name: groups.map(({ name }) => name),
    group_state: joined(groups.map(({ state }) => state)),
    known_key: columns.key,
    known_first_s: columns.firstSecond,
    known_last_day: columns.lastDay,
    known_count: columns.sightings,
    known_by: columns.by,
    known_hand: columns.hand,
  }
}

/** Mutates the population: everything in it is replaced. */
export function fromPopulationColumns(population: Population, row: PopulationRow): void {
  population.day = numberIn(row, 'population_day')
  population.largestTsMs = numberIn(row, 'largest_ts_ms')
  population.days = numberIn(row, 'population_days')
  population.tokenDays = numberIn(row, 'token_days')
  split(numbersIn(row, 'class_surprises'), [population.surprises, population.surprisesToday])
  split(numbersIn(row, 'class_hours'), [population.hours, population.hoursToday])
  split(numbersIn(row, 'dispersion_weight'), [population.dispersionWeight])
  split(numbersIn(row, 'dispersion_excess'), [population.dispersionExcess])
  split(numbersIn(row, 'dispersion'), [population.dispersion])
  const [, ...names] = textsIn(row, 'group_name')
  population.resetGroups(names)
  const states = numbersIn(row, 'group_state')
  if (states.length !== (names.length + 1) * groupLength) {
    throw new RangeError(`group_state: ${states.length} values for ${names.length + 1} groups`)
  }
  split(states, [...population.groups.map(({ state }) => state)])
  population.known.restore({
    key: numbersIn(row, 'known_key'),
    firstSecond: numbersIn(row, 'known_first_s'),
    lastDay: numbersIn(row, 'known_last_day'),
    sightings: numbersIn(row, 'known_count'),
    by: numbersIn(row, 'known_by'),
    hand: numberIn(row, 'known_hand'),
  })
}

function joined(parts: readonly Float64Array[]): Float64Array {
  const whole = new Float64Array(parts.reduce((sum, { length }) => sum + length, 0))
  let offset = 0
  for (const part of parts) {
    whole.set(part, offset)
    offset += part.length
  }
  return whole
}

/** Mutates the parts: fills them one after the other. */
function split(whole: ArrayLike<number>, parts: readonly Float64Array[]): void {
  let offset = 0
  for (const part of parts) {
    for (let i = 0; i < part.length; i++) part[i] = whole[offset + i] ?? 0
    offset += part.length
  }
}
