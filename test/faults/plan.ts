import { createRandom, type Random } from '../../src/simulate/random.ts'
import type { FaultKind, LoudKind } from './fault-kind.ts'

/** Faults that are made at one moment of a round. */
interface Moment {
  /** Of the input, stored. */
  readonly share: number
  readonly kinds: readonly FaultKind[]
}

export interface RoundPlan {
  readonly members: number
  readonly moments: readonly Moment[]
  /** The one fault of a round of its own; then there are no moments. */
  readonly loud?: LoudKind
}

const FAULTS_PER_ROUND = 8
/** Share of the moments that see two faults at once. */
const DOUBLE = 0.25

/** Rounds with so many faults in all, every kind about as often as any other. The same seed gives the same. */
export function planRounds(options: {
  readonly seed: number
  readonly faults: number
  readonly kinds: readonly FaultKind[]
  readonly loud: readonly LoudKind[]
}): readonly RoundPlan[] {
  const { seed, faults, kinds, loud } = options
  const random = createRandom(seed, 'faults')
  const drawn: (FaultKind | LoudKind)[] = []
  while (drawn.length < faults) drawn.push(...shuffled([...kinds, ...loud], random.next))
  drawn.length = faults
  const shared = drawn.flatMap(kind => ('inflict' in kind ? [kind] : []))
  const own = drawn.flatMap(kind => ('run' in kind ? [kind] : []))
  const plans: RoundPlan[] = []
  for (let at = 0; at < shared.length; at += FAULTS_PER_ROUND) {
    plans.push(planShared(shared.slice(at, at + FAULTS_PER_ROUND), random))
    plans.push(...own.splice(0, 1).map(planOwn))
  }
  return [...plans, ...own.map(planOwn)]
}

const planOwn = (loud: LoudKind): RoundPlan => ({ members: 1, moments: [], loud })

function planShared(drawn: readonly FaultKind[], random: Random): RoundPlan {
  const groups: FaultKind[][] = []
  for (const [at, kind] of drawn.entries()) {
    // A second time there is none left to add.
    if (kind.addsPartition === true && drawn.indexOf(kind) < at) continue
    const last = groups.at(-1)
    const isJoined = last?.length === 1 && !last.includes(kind) && random.chance(DOUBLE)
    if (isJoined) last.push(kind)
    else groups.push([kind])
  }
  const moments = groups.map((group, place) => ({
    share: (0.05 + 0.85 * (place + random.next())) / groups.length,
    kinds: group,
  }))
  const members = Math.max(1 + random.integer(2), ...drawn.map(kind => kind.members))
  return { members, moments }
}

/** Fisher and Yates 1938. */
function shuffled<Item>(items: readonly Item[], next: () => number): Item[] {
  const list = [...items]
  for (let at = list.length - 1; at > 0; at--) {
    const other = Math.floor(next() * (at + 1))
    const [one, two] = [list[at], list[other]]
    if (one !== undefined && two !== undefined) [list[at], list[other]] = [two, one]
  }
  return list
}
