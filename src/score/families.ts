/** Detectors that see one cause: a family takes the most surprised of them. The index is its place in state. */
export const families = [
  'network',
  'foreign',
  'client',
  'network-flip',
  'hours',
  'dormancy',
  'source',
  'endpoint',
  'failure',
  'young-source',
  'enumeration',
  'volume',
  'objects',
  'bytes',
  'cost',
] as const
export type Family = (typeof families)[number]

/**
 * Families that move together: the strongest counts fully, the others at `rest`. Super-families add,
 * because theft is a conjunction of surprises of different kinds.
 */
export interface SuperFamily {
  readonly name: string
  readonly members: readonly Family[]
  readonly weight: number
  readonly rest: number
}

/** Weights from labeled simulations; the optimum is flat, rest +- .2 changes next to nothing. */
export const superFamilies: readonly SuperFamily[] = [
  {
    name: 'identity',
    members: ['network', 'client', 'network-flip', 'hours', 'dormancy', 'source', 'young-source'],
    weight: 1,
    rest: 0.5,
  },
  { name: 'foreign', members: ['foreign'], weight: 1.2, rest: 1 },
  { name: 'behavior', members: ['endpoint', 'failure', 'enumeration'], weight: 1, rest: 0.85 },
  { name: 'magnitude', members: ['volume', 'objects', 'bytes', 'cost'], weight: 1, rest: 0.15 },
]

/** A little more every day adds up only where more is meaningful. */
export const slowFamilies: readonly Family[] = ['volume', 'objects', 'bytes', 'cost', 'enumeration']

/**
 * When many peers are surprised alike today, the world has changed, not the token. Identity is left
 * out: many tokens on one new network may be a spraying attack.
 */
export const commonCauseFamilies: readonly Family[] = [
  'volume',
  'bytes',
  'objects',
  'cost',
  'hours',
  'failure',
  'endpoint',
  'client',
  'dormancy',
  'enumeration',
]
