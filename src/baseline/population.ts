import { hashText } from '../lib/hash-text.ts'
import { counted, priorHazards } from './counted.ts'
import { createKnownValues, type KnownValues } from './known-values.ts'
import { countSlots } from './layout.ts'
import { everyonesState, group, groupLength, increase, type PeerGroup, read } from './peer-group.ts'

/** Maturity: floor(log2(active hours)). */
export const ageBuckets = 12
/** Behavioral classes, `peer-class.ts`. */
export const peerClasses = 18

/** Hours of a day of tokens that the prior hazards are worth. */
const priorHours = 20
/** Forgetting per population day: of hazards, and of a tenant's multiplier. */
const hazardMemory = 0.995
const tenantMemory = 0.98
/** Values that nobody met anew for half a year are forgotten. */
const knownDaysMax = 180

const hazardLength = (peerClasses + 1) * countSlots * ageBuckets

/**
 * What is known of all tokens together. Hazards are published once a day: what was counted today is
 * merged when the population's day rolls, so that an attack does not explain itself.
 */
export interface Population {
  /** Days since epoch; -1 before the first event. */
  day: number
  largestTsMs: number
  days: number
  tokenDays: number
  /** Counted surprises by class (0 = everyone), kind and age; and the active hours they came in. */
  readonly surprises: Float64Array
  readonly surprisesToday: Float64Array
  readonly hours: Float64Array
  readonly hoursToday: Float64Array
  readonly dispersionWeight: Float64Array
  readonly dispersionExcess: Float64Array
  /** Day-to-day clumping of each count, as a negative binomial size. */
  readonly dispersion: Float64Array
  readonly everyone: PeerGroup
  readonly groups: PeerGroup[]
  readonly known: KnownValues
  /** Index of the group of that name, 0 (everyone) beyond the limit. */
  groupOf(name: string): number
  /** Mutates: everyone, then empty groups of these names. */
  resetGroups(names: readonly string[]): void
}

export function createPopulation(limits: {
  readonly groupsMax: number
  readonly knownValuesMax: number
}): Population {
  const everyone = { name: '', hash: hashText(''), state: everyonesState() }
  const groups: PeerGroup[] = [everyone]
  const indexes = new Map<string, number>([['', 0]])

  function groupOf(name: string): number {
    const known = indexes.get(name)
    if (known !== undefined) return known
    if (groups.length >= limits.groupsMax) return 0
    indexes.set(name, groups.length)
    const state = new Float64Array(groupLength)
    return groups.push({ name, hash: hashText(name), state }) - 1
  }

  const surprises = new Float64Array(hazardLength)
  const hours = new Float64Array((peerClasses + 1) * ageBuckets)
  hours.fill(priorHours, 0, ageBuckets)
  for (const [name, kind] of Object.entries(counted)) {
    const hazard = priorHazards[name as keyof typeof counted]
    for (let age = 0; age < ageBuckets; age++) {
      surprises[kind * ageBuckets + age] = priorHours * hazard * 0.7 ** age + 0.002
    }
  }
  return {
    day: -1,
    largestTsMs: 0,
    days: 0,
    tokenDays: 0,
    surprises,
    surprisesToday: new Float64Array(hazardLength),
    hours,
    hoursToday: new Float64Array(hours.length),
    dispersionWeight: new Float64Array(countSlots).fill(50),
    dispersionExcess: new Float64Array(countSlots).fill(50 / 0.6),
    dispersion: new Float64Array(countSlots).fill(0.6),
    everyone,
    groups,
    known: createKnownValues(limits.knownValuesMax),
    groupOf,
    resetGroups(names) {
      groups.length = 1
      indexes.clear()
      indexes.set('', 0)
      for (const name of names) groupOf(name)
    },
  }
}

/** Mutates: one active hour of a token of this class and age. */
export function bookHour(population: Population, peerClass: number, age: number): void {
  increase(population.hoursToday, age, 1)
  increase(population.hoursToday, (1 + peerClass) * ageBuckets + age, 1)
}

/** Mutates: one counted surprise, in the age at which it happened. */
export function bookSurprise(
  population: Population,
  kind: number,
  { peerClass, age }: { readonly peerClass: number; readonly age: number },
): void {
  increase(population.surprisesToday, kind * ageBuckets + age, 1)
  const ofClass = (1 + peerClass) * countSlots + kind
  increase(population.surprisesToday, ofClass * ageBuckets + age, 1)
}

/**
 * Peer hazard of a count per active hour: the class, shrunk to everyone with 40 hours, times the
 * tenant's multiplier (observed + 3)/(expected + 3).
 *
 * @see Buhlmann (1967), Experience rating and credibility, ASTIN Bulletin 4
 */
export function hazardOf(
  population: Population,
  peers: PeerGroup,
  { kind, peerClass, age }: { kind: number; peerClass: number; age: number },
): number {
  const { surprises, hours } = population
  const everyone = (read(surprises, kind * ageBuckets + age) + 0.02) / (read(hours, age) + 1)
  const ofClass = (1 + peerClass) * countSlots + kind
  const inClass =
    (read(surprises, ofClass * ageBuckets + age) + 40 * everyone) /
    (read(hours, (1 + peerClass) * ageBuckets + age) + 40)
  const multiplier =
    (read(peers.state, group.observed + kind) + 3) / (read(peers.state, group.expected + kind) + 3)
  return inClass * multiplier
}

/** Mutates: publishes the day's hazards and dispersions, and forgets a little. */
export function rollPopulation(population: Population, day: number): void {
  merge(population.surprises, population.surprisesToday)
  merge(population.hours, population.hoursToday)
  for (const { state } of population.groups) {
    for (let kind = 0; kind < countSlots; kind++) {
      state[group.observed + kind] = tenantMemory * read(state, group.observed + kind)
      state[group.expected + kind] = tenantMemory * read(state, group.expected + kind)
    }
  }
  for (let kind = 0; kind < countSlots; kind++) {
    const excess = Math.max(1e-9, read(population.dispersionExcess, kind))
    const size = read(population.dispersionWeight, kind) / excess
    population.dispersion[kind] = Math.min(5, Math.max(0.15, size))
  }
  population.known.forgetBefore(day - knownDaysMax)
  population.days++
  population.day = day
}

function merge(epoch: Float64Array, today: Float64Array): void {
  for (let i = 0; i < epoch.length; i++) {
    epoch[i] = hazardMemory * (read(epoch, i) + read(today, i))
  }
  today.fill(0)
}
