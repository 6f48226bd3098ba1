import type { Assigner, AssignerProtocol, PartitionAssigner } from 'kafkajs'
import type { Stream } from '../domain/source-position.ts'
import { assignSticky, type GroupMember } from './assign-sticky.ts'

/** What the member that asks has at the time. */
export interface Claim {
  readonly owned: readonly Stream[]
  readonly generation: number
}

/** What is used of the cluster of kafkajs. */
interface ClusterMetadata {
  addMultipleTargetTopics(topics: readonly string[]): Promise<void>
  findTopicPartitionMetadata(topic: string): readonly { readonly partitionId: number }[]
}

const VERSION = 0
const NAME = 'TokenwatchSticky'

/**
 * A way to share partitions out, of our own because kafkajs has but one, which moves nearly all of them
 * whenever a member comes or goes. Each member tells in its metadata what it works on; a member that
 * tells nothing, or something unreadable, has nothing.
 *
 * A group chooses what all of its members know: offer `roundRobin` of kafkajs as the second, and members
 * of before this assigner can stay while they are replaced one by one.
 *
 * @param protocol - the encodings of kafkajs
 * @param claim - asked at each join
 */
export function stickyAssigner(
  { MemberMetadata, MemberAssignment }: typeof AssignerProtocol,
  claim: () => Claim,
): PartitionAssigner {
  return ({ cluster: anyCluster }): Assigner => {
    const cluster = anyCluster as unknown as ClusterMetadata
    return {
      name: NAME,
      version: VERSION,
      protocol: ({ topics }) => ({
        name: NAME,
        metadata: MemberMetadata.encode({
          version: VERSION,
          topics,
          userData: encodeClaim(claim()),
        }),
      }),
      async assign({ members: described }) {
        const members = described.map(({ memberId, memberMetadata }): GroupMember => {
          const metadata = MemberMetadata.decode(memberMetadata)
          const told = decodeClaim(metadata?.userData)
          return { id: memberId, topics: metadata?.topics ?? [], ...told }
        })
        const partitions = await findPartitions(cluster, members)
        return [...assignSticky(members, partitions)].map(([memberId, streams]) => ({
          memberId,
          memberAssignment: MemberAssignment.encode({
            version: VERSION,
            assignment: byTopic(streams),
            userData: Buffer.alloc(0),
          }),
        }))
      },
    }
  }
}

/** Of all topics that any member wants: during a change of the settings they differ. */
async function findPartitions(cluster: ClusterMetadata, members: readonly GroupMember[]) {
  const partitions = new Map<string, readonly number[]>()
  for (const topic of new Set(members.flatMap(({ topics }) => topics))) {
    // Of a topic that is not there nothing can be shared out; who subscribes to it sees that itself.
    await cluster.addMultipleTargetTopics([topic]).catch(() => undefined)
    const found = cluster.findTopicPartitionMetadata(topic)
    partitions.set(
      topic,
      found.map(({ partitionId }) => partitionId),
    )
  }
  return partitions
}

function byTopic(streams: readonly Stream[]): Record<string, number[]> {
  const assignment: Record<string, number[]> = Object.create(null)
  for (const { source, partition } of streams) {
    const partitions = assignment[source] ?? []
    partitions.push(partition)
    assignment[source] = partitions
  }
  return assignment
}

const encodeClaim = ({ owned, generation }: Claim) =>
  Buffer.from(JSON.stringify({ generation, owned: byTopic(owned) }))

/** What another version or program put there counts as nothing. */
function decodeClaim(userData: Buffer | undefined | null): Claim {
  const nothing = { owned: [], generation: -1 }
  let value: unknown
  try {
    value = JSON.parse(userData?.toString() ?? '')
  } catch {
    return nothing
  }
  if (typeof value !== 'object' || value === null) return nothing
  const { generation, owned } = value as { generation?: unknown; owned?: unknown }
  if (!Number.isInteger(generation) || typeof owned !== 'object' || owned === null) return nothing
  const streams = Object.entries(owned).flatMap(([source, partitions]) =>
    Array.isArray(partitions)
      ? partitions
          .filter(partition => Number.isInteger(partition))
          .map((partition: number): Stream => ({ source, partition }))
      : [],
  )
  return { owned: streams, generation: generation as number }
}
