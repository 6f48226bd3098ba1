import { baselineArrays, baselineScalars } from '../domain/token-baseline.ts'

type CamelCase<Name extends string> = Name extends `${infer Head}_${infer Tail}`
  ? `${Head}${Capitalize<CamelCase<Tail>>}`
  : Name

type ScalarName = (typeof baselineScalars)[number]
export type ArrayName = (typeof baselineArrays)[number]['name']
export type SlabName = 'floats' | 'keys' | 'days'

/** Hour of day on weekdays, then on weekends. */
export const hourBins = 48
/** Surprising things that are counted, `counted.ts`. */
export const countSlots = 22
/** Magnitudes, `measured.ts`. */
export const magnitudeSlots = 10
/** Room for the registry of detectors, its families, and the detectors with an own tail slope. */
export const detectorSlots = 36
export const familySlots = 15
export const tailSlots = 22
export const youngSlots = 4
/** 64 registers of 8 bits. */
export const sketchWords = 16

/** Entries of each identity set: a least recently used entry gives way, and is new when it returns. */
export const setSizes = {
  addresses: 24,
  prefixes: 32,
  networks: 12,
  countries: 8,
  endpoints: 48,
  clients: 8,
} as const

const arraySizes: Readonly<Record<ArrayName, number>> = {
  count_history: countSlots,
  count_exposure: countSlots,
  count_today: countSlots,
  count_expected: countSlots,
  magnitude_weight: magnitudeSlots,
  magnitude_mean: magnitudeSlots,
  magnitude_squares: magnitudeSlots,
  weekend_offset: 3,
  weekend_weight: 3,
  hour_offset: hourBins,
  hour_weight: hourBins,
  hour_activity: hourBins,
  evidence_today: familySlots,
  evidence_recent: familySlots,
  evidence_slow: familySlots,
  evidence_noise: familySlots,
  common_cause_level: familySlots,
  surprise_today: detectorSlots,
  tail_excess: tailSlots,
  tail_count: tailSlots,
  addresses: setSizes.addresses,
  prefixes: setSizes.prefixes,
  networks: setSizes.networks,
  countries: setSizes.countries,
  endpoints: setSizes.endpoints,
  clients: setSizes.clients,
  young_sources: youngSlots,
  young_since: youngSlots,
  objects_sketch: sketchWords,
  addresses_day: setSizes.addresses,
  prefixes_day: setSizes.prefixes,
  networks_day: setSizes.networks,
  countries_day: setSizes.countries,
  endpoints_day: setSizes.endpoints,
  clients_day: setSizes.clients,
  networks_first_day: setSizes.networks,
}

const slabOfType = {
  'Array(Float32)': 'floats',
  'Array(UInt32)': 'keys',
  'Array(UInt16)': 'days',
} as const satisfies Record<(typeof baselineArrays)[number]['type'], SlabName>

/** Where a stored array lies within one token's part of its slab. */
export interface ArrayPlace {
  readonly name: ArrayName
  readonly slab: SlabName
  readonly offset: number
  readonly length: number
}

const lengths = { floats: 0, keys: 0, days: 0 }

/** All arrays of a token, in the order of the table's columns. */
export const arrayPlaces: readonly ArrayPlace[] = baselineArrays.map(({ name, type }) => {
  const slab = slabOfType[type]
  const offset = lengths[slab]
  lengths[slab] += arraySizes[name]
  return { name, slab, offset, length: arraySizes[name] }
})

/** Numbers per token in each slab. */
export const slabLengths: Readonly<Record<SlabName | 'scalars', number>> = {
  scalars: baselineScalars.length,
  ...lengths,
}

/** Bytes per token in all slabs. */
export const slabBytes =
  8 * slabLengths.scalars + 4 * slabLengths.floats + 4 * slabLengths.keys + 2 * slabLengths.days

const camelCase = (name: string) =>
  name.replaceAll(/_(.)/g, (_, letter: string) => letter.toUpperCase())

/** Index of each scalar: `at.openDay`. */
export const at = Object.fromEntries(
  baselineScalars.map((name, index) => [camelCase(name), index]),
) as Readonly<Record<CamelCase<ScalarName>, number>>

/** Offset of each array in its slab: `start.countToday`. */
export const start = Object.fromEntries(
  arrayPlaces.map(({ name, offset }) => [camelCase(name), offset]),
) as Readonly<Record<CamelCase<ArrayName>, number>>
