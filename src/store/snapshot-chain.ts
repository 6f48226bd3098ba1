/** A committed snapshot, as its commit row tells. */
export interface CommittedSnapshot {
  /** Ascends with the time at which snapshots were written. */
  readonly id: string
  readonly offset: number
  readonly scorerVersion: string
  readonly takenMs: number
  /** All tokens of its time are in it. */
  readonly isFull: boolean
}

/** The snapshots that make up a stream's state together, and the one that tells how far it goes. */
export interface SnapshotChain {
  readonly latest: CommittedSnapshot
  readonly ids: readonly string[]
}

/**
 * The snapshots since the scorer last changed: state of another version cannot be mixed in; and of those
 * the newest full one and what goes further: what is in none of them the scorer had forgotten. The
 * highest offset is the latest, not the last written: a process that has lost the stream, and does not
 * know it yet, may write an older state after a newer one.
 *
 * @param snapshots - of one stream, in any order
 * @returns undefined when there are none
 */
export function chainOf(snapshots: readonly CommittedSnapshot[]): SnapshotChain | undefined {
  const written = [...snapshots].sort((left, right) => (left.id < right.id ? -1 : 1))
  const version = written.at(-1)?.scorerVersion
  const change = written.findLastIndex(({ scorerVersion }) => scorerVersion !== version)
  const ofVersion = written.slice(change + 1)
  const latest = furthest(ofVersion)
  if (latest === undefined) return undefined
  const fromOffset = furthest(ofVersion.filter(({ isFull }) => isFull))?.offset ?? -1
  return { latest, ids: ofVersion.filter(({ offset }) => offset >= fromOffset).map(({ id }) => id) }
}

/** @param written - in the order in which they were written; of equal offsets the last counts */
const furthest = (written: readonly CommittedSnapshot[]) =>
  written.reduce<CommittedSnapshot | undefined>(
    (best, next) => (best === undefined || next.offset >= best.offset ? next : best),
    undefined,
  )
