/** Magnitudes of a token, all on the scale ln(1 + y); the value is the index in state. */
export const measured = {
  requestsPerHour: 0,
  requestsPerMinute: 1,
  requestsPerDay: 2,
  objectsPerDay: 3,
  objectsPerRequest: 4,
  bytesPerDay: 5,
  bytesPerRequest: 6,
  newObjectsPerDay: 7,
  costPerDay: 8,
  modelTokensPerDay: 9,
} as const

export type Measured = keyof typeof measured

interface MagnitudePrior {
  /** Mean of ln(1 + y) before any population has been seen. */
  readonly mean: number
  /** Counts have Poisson noise that a logarithm does not hide when they are small. */
  readonly isCount: boolean
}

export const magnitudePriors: Readonly<Record<Measured, MagnitudePrior>> = {
  requestsPerHour: { mean: 2.5, isCount: true },
  requestsPerMinute: { mean: 1.5, isCount: true },
  requestsPerDay: { mean: 4, isCount: true },
  objectsPerDay: { mean: 3, isCount: true },
  objectsPerRequest: { mean: -0.7, isCount: false },
  bytesPerDay: { mean: 10, isCount: false },
  bytesPerRequest: { mean: 6, isCount: false },
  newObjectsPerDay: { mean: 1.5, isCount: true },
  /** Of millionths of a US dollar. */
  costPerDay: { mean: 12, isCount: false },
  modelTokensPerDay: { mean: 10, isCount: false },
}

/** The three magnitudes that a weekend shifts, in the order of `weekend_offset`. */
export const weekendSlots: Readonly<Partial<Record<number, number>>> = {
  [measured.requestsPerDay]: 0,
  [measured.objectsPerDay]: 1,
  [measured.bytesPerDay]: 2,
}
