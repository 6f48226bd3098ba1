import type { Stream } from '../domain/source-position.ts'
import { streamKey } from './log-source.ts'

/** What a member of the group says of itself when it joins. */
export interface GroupMember {
  readonly id: string
  readonly topics: readonly string[]
  /** Streams that it works on. */
  readonly owned: readonly Stream[]
  /** Generation of the group in which it got them; -1 where it cannot tell. */
  readonly generation: number
}

type Key = readonly [number, number]

interface Share {
  readonly member: GroupMember
  readonly topics: ReadonlySet<string>
  readonly streams: Map<string, Stream>
  readonly perTopic: Map<string, number>
}

/**
 * Shares partitions out so that as few as possible move: each stays with the member that works on it,
 * free ones go to who has least, then the fullest give to the emptiest until no two that may have the
 * same partition differ by more than one. Where two claim one, the later generation is right: the other
 * was away. The order of the arguments does not matter.
 *
 * @param partitions - ids by topic
 * @returns streams by member; every member is there. O(moves * members + partitions * members)
 */
export function assignSticky(
  members: readonly GroupMember[],
  partitions: ReadonlyMap<string, readonly number[]>,
): ReadonlyMap<string, readonly Stream[]> {
  const shares = members
    .toSorted((a, b) => compare(a.id, b.id))
    .map(
      (member): Share => ({
        member,
        topics: new Set(member.topics),
        streams: new Map(),
        perTopic: new Map(),
      }),
    )
  const free = keepOwned(shares, partitions)
  for (const stream of free) {
    const eligible = shares.filter(({ topics }) => topics.has(stream.source))
    const emptiest = least(eligible, share => [share.streams.size, countOf(share, stream.source)])
    if (emptiest !== undefined) give(emptiest, stream)
  }
  while (moveOne(shares)) {}
  return new Map(shares.map(({ member, streams }) => [member.id, inOrder([...streams.values()])]))
}

/** Leaves each stream with its owner; those without one come back, hardest to place first. */
function keepOwned(
  shares: readonly Share[],
  partitions: ReadonlyMap<string, readonly number[]>,
): readonly Stream[] {
  const owners = findOwners(shares)
  const free: Stream[] = []
  for (const [source, ids] of partitions) {
    for (const partition of ids) {
      const stream = { source, partition }
      const owner = owners.get(streamKey(stream))
      if (owner === undefined) free.push(stream)
      else give(owner, stream)
    }
  }
  const choice = (stream: Stream) => shares.filter(({ topics }) => topics.has(stream.source)).length
  return inOrder(free).sort((a, b) => choice(a) - choice(b))
}

/** Of several that claim a stream the one of the latest generation, then the first. */
function findOwners(shares: readonly Share[]): ReadonlyMap<string, Share> {
  const owners = new Map<string, Share>()
  for (const share of shares) {
    for (const stream of share.member.owned) {
      const rival = owners.get(streamKey(stream))
      const isLater = share.member.generation > (rival?.member.generation ?? -Infinity)
      if (share.topics.has(stream.source) && isLater) owners.set(streamKey(stream), share)
    }
  }
  return owners
}

/** Moves one stream from a member to one that has at least two fewer; false when none can be. */
function moveOne(shares: readonly Share[]): boolean {
  for (const from of shares.toSorted((a, b) => b.streams.size - a.streams.size)) {
    const to = least(
      shares.filter(
        share =>
          from.streams.size - share.streams.size > 1 &&
          [...from.perTopic.keys()].some(topic => share.topics.has(topic)),
      ),
      share => [share.streams.size, 0],
    )
    if (to === undefined) continue
    // Of the topic that it has most of, so that each topic stays spread out too.
    const topic = least(
      [...from.perTopic.keys()].filter(name => to.topics.has(name)).sort(compare),
      name => [countOf(to, name) - countOf(from, name), 0],
    )
    const stream = inOrder([...from.streams.values()]).findLast(({ source }) => source === topic)
    if (stream === undefined) continue
    take(from, stream)
    give(to, stream)
    return true
  }
  return false
}

function give({ streams, perTopic }: Share, stream: Stream) {
  streams.set(streamKey(stream), stream)
  perTopic.set(stream.source, (perTopic.get(stream.source) ?? 0) + 1)
}

function take({ streams, perTopic }: Share, stream: Stream) {
  streams.delete(streamKey(stream))
  const left = (perTopic.get(stream.source) ?? 0) - 1
  if (left > 0) perTopic.set(stream.source, left)
  else perTopic.delete(stream.source)
}

const countOf = ({ perTopic }: Share, topic: string) => perTopic.get(topic) ?? 0

/** Not by locale: every member that may be the leader has to come to the same order. */
const compare = (a: string, b: string) => Number(a > b) - Number(a < b)

const inOrder = (streams: readonly Stream[]) =>
  streams.toSorted((a, b) => compare(a.source, b.source) || a.partition - b.partition)

/** The first with the smallest key, undefined of none. */
function least<Item>(items: readonly Item[], key: (item: Item) => Key): Item | undefined {
  const keyed = items.map(item => ({ item, key: key(item) }))
  return keyed.sort((a, b) => a.key[0] - b.key[0] || a.key[1] - b.key[1])[0]?.item
}
