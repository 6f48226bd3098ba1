import { countSlots, familySlots, hourBins, magnitudeSlots } from './layout.ts'
import { magnitudePriors, measured } from './measured.ts'

/** Levels of surprise, whole nats, that common cause tells apart. */
export const commonCauseLevels = 16

let length = 0
const place = (numbers: number): number => {
  const offset = length
  length += numbers
  return offset
}

/** Offsets in a peer group's state. Common cause keeps two days: one opens while the other closes. */
export const group = {
  observed: place(countSlots),
  expected: place(countSlots),
  weight: place(magnitudeSlots),
  sum: place(magnitudeSlots),
  squares: place(magnitudeSlots),
  withinWeight: place(magnitudeSlots),
  withinSquares: place(magnitudeSlots),
  hourActivity: place(hourBins),
  hourTotal: place(1),
  activeDay: place(2),
  activeTokens: place(2),
  commonCause: place(2 * familySlots * commonCauseLevels),
} as const

export const groupLength = length

/** Tokens that share a tenant (addresses apart), or everyone. Its state is one array of numbers. */
export interface PeerGroup {
  readonly name: string
  /** Hash of the name: separates the groups' known values. */
  readonly hash: number
  readonly state: Float64Array
}

/** The state of everyone starts from the priors; a tenant's is empty and leans on everyone's. */
export function everyonesState(): Float64Array {
  const state = new Float64Array(groupLength)
  for (const [name, index] of Object.entries(measured)) {
    const { mean } = magnitudePriors[name as keyof typeof measured]
    state[group.weight + index] = 5
    state[group.sum + index] = 5 * mean
    state[group.squares + index] = 5 * 1.5
    state[group.withinWeight + index] = 20
    state[group.withinSquares + index] = 20 * 0.6
  }
  return state
}

/** An element that exists by construction; NaN is found where evidence enters. */
export function read(numbers: Float64Array, index: number): number {
  return numbers[index] ?? Number.NaN
}

/** Mutates one element. */
export function increase(numbers: Float64Array, index: number, amount: number): void {
  numbers[index] = read(numbers, index) + amount
}
