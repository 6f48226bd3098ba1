import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { assignSticky, type GroupMember } from '../../src/ingest/assign-sticky.ts'
import { streamKey } from '../../src/ingest/log-source.ts'

type Partitions = ReadonlyMap<string, readonly number[]>

const partitionsOf = (counts: Readonly<Record<string, number>>): Partitions =>
  new Map(
    Object.entries(counts).map(([topic, n]) => [topic, Array.from({ length: n }, (_, p) => p)]),
  )

const counts = fc.dictionary(fc.constantFrom('a', 'b', 'c'), fc.nat(12), { minKeys: 1 })
const ids = fc.uniqueArray(fc.stringMatching(/^[a-z]{1,4}$/), { minLength: 1, maxLength: 8 })

/** Members as they stand after an assignment. */
function membersOf(
  shares: ReturnType<typeof assignSticky>,
  topics: readonly string[],
  generation = 1,
): GroupMember[] {
  return [...shares].map(([id, owned]) => ({ id, topics, owned, generation }))
}

const fresh = (names: readonly string[], topics: readonly string[]): GroupMember[] =>
  names.map(id => ({ id, topics, owned: [], generation: -1 }))

const keysOf = (shares: ReturnType<typeof assignSticky>) =>
  [...shares.values()].flat().map(streamKey).sort()
const sizesOf = (shares: ReturnType<typeof assignSticky>) =>
  [...shares.values()].map(({ length }) => length)

function movedBetween(
  before: readonly GroupMember[],
  shares: ReturnType<typeof assignSticky>,
): number {
  const owners = new Map(before.flatMap(({ id, owned }) => owned.map(s => [streamKey(s), id])))
  return [...shares].flatMap(([id, streams]) =>
    streams.filter(stream => owners.get(streamKey(stream)) !== id),
  ).length
}

/** Fewest moves to a balanced state when all want the same: the fullest keep one more. */
function fewestMoves(members: readonly GroupMember[], total: number): number {
  const quota = Math.floor(total / members.length)
  const more = total % members.length
  const sizes = members.map(({ owned }) => owned.length).sort((a, b) => b - a)
  const kept = sizes.map((size, at) => Math.min(size, at < more ? quota + 1 : quota))
  return total - kept.reduce((sum, n) => sum + n, 0)
}

describe('all members want the same topics', () => {
  test('each partition has one owner, and nobody has two more than another', () => {
    fc.assert(
      fc.property(counts, ids, (sizes, names) => {
        const shares = assignSticky(fresh(names, Object.keys(sizes)), partitionsOf(sizes))
        const all = Object.entries(sizes).flatMap(([source, n]) =>
          Array.from({ length: n }, (_, partition) => streamKey({ source, partition })),
        )
        expect(keysOf(shares)).toEqual(all.sort())
        expect(Math.max(...sizesOf(shares)) - Math.min(...sizesOf(shares))).toBeLessThanOrEqual(1)
      }),
    )
  })

  test('when members come and go, as few as possible move', () => {
    fc.assert(
      fc.property(counts, ids, ids, fc.nat(8), (sizes, names, joining, stay) => {
        const topics = Object.keys(sizes)
        const partitions = partitionsOf(sizes)
        const before = membersOf(assignSticky(fresh(names, topics), partitions), topics)
        const left = before.slice(0, stay)
        const newcomers = fresh(
          joining.filter(id => !names.includes(id)),
          topics,
        )
        const members = [...left, ...newcomers]
        fc.pre(members.length > 0)
        const shares = assignSticky(members, partitions)
        const total = [...partitions.values()].flat().length
        expect(movedBetween(members, shares)).toBe(fewestMoves(members, total))
        expect(Math.max(...sizesOf(shares)) - Math.min(...sizesOf(shares))).toBeLessThanOrEqual(1)
      }),
    )
  })

  test('without a change nothing moves', () => {
    fc.assert(
      fc.property(counts, ids, (sizes, names) => {
        const topics = Object.keys(sizes)
        const first = assignSticky(fresh(names, topics), partitionsOf(sizes))
        expect(assignSticky(membersOf(first, topics), partitionsOf(sizes))).toEqual(first)
      }),
    )
  })

  test('the order in which members and topics come does not matter', () => {
    fc.assert(
      fc.property(counts, ids, fc.nat(), (sizes, names, seed) => {
        const topics = Object.keys(sizes)
        const members = membersOf(assignSticky(fresh(names, topics), partitionsOf(sizes)), topics)
        members.push({ id: 'newcomer', topics, owned: [], generation: -1 })
        const turn = seed % members.length
        const turned = [...members.slice(turn), ...members.slice(0, turn)]
        const reversed = new Map([...partitionsOf(sizes)].reverse())
        const byId = (shares: ReturnType<typeof assignSticky>) => Object.fromEntries(shares)
        expect(byId(assignSticky(turned, reversed))).toEqual(
          byId(assignSticky(members, partitionsOf(sizes))),
        )
      }),
    )
  })
})

test('members that want other topics get these alone, as even as it can be', () => {
  const wanted = fc.subarray(['a', 'b', 'c'], { minLength: 1 })
  fc.assert(
    fc.property(counts, fc.array(wanted, { minLength: 1, maxLength: 6 }), (sizes, wants) => {
      const members = wants.map((topics, n) => ({ id: `m${n}`, topics, owned: [], generation: -1 }))
      const shares = assignSticky(members, partitionsOf(sizes))
      const sizeOf = (id: string) => shares.get(id)?.length ?? 0
      for (const { id, topics } of members) {
        const streams = shares.get(id) ?? []
        expect(streams.every(({ source }) => topics.includes(source))).toBe(true)
        for (const other of members) {
          const isMovable = streams.some(({ source }) => other.topics.includes(source))
          if (isMovable) expect(sizeOf(id) - sizeOf(other.id)).toBeLessThanOrEqual(1)
        }
      }
      const served = Object.entries(sizes).filter(([topic]) =>
        wants.some(topics => topics.includes(topic)),
      )
      expect(keysOf(shares)).toHaveLength(served.reduce((sum, [, n]) => sum + n, 0))
    }),
  )
})

test('of two that claim a partition, the one of the later generation has it', () => {
  const stream = { source: 'a', partition: 0 }
  const members = [
    { id: 'away', topics: ['a'], owned: [stream], generation: 3 },
    { id: 'present', topics: ['a'], owned: [stream], generation: 4 },
  ]
  expect(assignSticky(members, partitionsOf({ a: 1 })).get('present')).toEqual([stream])
})

test('what is claimed and is no longer there is not assigned', () => {
  const owned = [{ source: 'a', partition: 7 }]
  const members = [{ id: 'm', topics: ['a'], owned, generation: 1 }]
  expect(keysOf(assignSticky(members, partitionsOf({ a: 2 })))).toEqual(['a/0', 'a/1'])
})

test('a topic stays spread out when half of the partitions move', () => {
  const partitions = partitionsOf({ a: 6, b: 6 })
  const first = membersOf(assignSticky(fresh(['m'], ['a', 'b']), partitions), ['a', 'b'])
  const shares = assignSticky([...first, ...fresh(['n'], ['a', 'b'])], partitions)
  expect(shares.get('n')?.filter(({ source }) => source === 'a')).toHaveLength(3)
})
