/** A committed snapshot, as its commit row tells. */
export interface CommittedSnapshot {
  /** Ascends with the time at which snapshots were written. */
  readonly id: string
  readonly offset: number
  readonly scorerVersion: string
  readonly takenMs: number
}

/** The snapshots that make up a stream's state together, and the one that tells how far it goes. */
export interface SnapshotChain {
  readonly latest: CommittedSnapshot
  readonly ids: readonly string[]
}

/**
 * The snapshots since the scorer last changed: state of another version cannot be mixed in. Within them
 * the highest offset is the latest, not the last written: a process that has lost the stream, and does
 * not know it yet, may write an older state after a newer one.
 *
 * @param snapshots - of one stream, in any order
 * @returns undefined when there are none
 */
export function chainOf(snapshots: readonly CommittedSnapshot[]): SnapshotChain | undefined {
  const written = [...snapshots].sort((left, right) => (left.id < right.id ? -1 : 1))
  const version = written.at(-1)?.scorerVersion
  const change = written.findLastIndex(({ scorerVersion }) => scorerVersion !== version)
  const chain = written.slice(change + 1)
  const [first, ...rest] = chain
  if (first === undefined) return undefined
  const latest = rest.reduce((best, next) => (next.offset >= best.offset ? next : best), first)
  return { latest, ids: chain.map(({ id }) => id) }
}
