import type { Admin } from 'kafkajs'
import type { RelaySettings } from './settings.ts'

/** The internal topic is not as the settings say, and only the operator can change that. */
export class InternalTopicError extends Error {
  override readonly name = 'InternalTopicError'
}

/**
 * Sees that the internal topic is there, and makes it if it is not.
 *
 * @param mustFit - also that it has the partitions of the settings: for whoever writes to it
 * @throws InternalTopicError when it may not be made, or has another number of partitions
 * @throws Error of kafkajs when the brokers cannot be reached
 */
export async function ensureInternalTopic(
  admin: Admin,
  { topic, partitions, replicas }: RelaySettings,
  { mustFit }: { readonly mustFit: boolean },
): Promise<void> {
  const known = await admin.listTopics()
  if (!known.includes(topic)) await create(admin, { topic, partitions, replicas })
  if (!mustFit) return
  const { topics } = await admin.fetchTopicMetadata({ topics: [topic] })
  const actual = topics[0]?.partitions.length ?? 0
  if (actual === partitions) return
  throw new InternalTopicError(
    `topic ${topic} has ${actual} partitions and ingest.relay.partitions is ${partitions}: see ` +
      '"Topics that are not keyed by token" in docs/operations.md before you change one of them',
  )
}

async function create(
  admin: Admin,
  { topic, partitions, replicas }: Pick<RelaySettings, 'topic' | 'partitions' | 'replicas'>,
): Promise<void> {
  try {
    await admin.createTopics({
      topics: [{ topic, numPartitions: partitions, replicationFactor: replicas }],
      waitForLeaders: true,
    })
  } catch (cause) {
    const type = typeOf(cause)
    if (!refusals.has(type)) throw cause
    throw new InternalTopicError(
      `topic ${topic} is not there and may not be made (${type}): make it, with ${partitions} partitions, ` +
        'or allow this user to',
      { cause },
    )
  }
}

const refusals: ReadonlySet<string> = new Set([
  'TOPIC_AUTHORIZATION_FAILED',
  'CLUSTER_AUTHORIZATION_FAILED',
  'POLICY_VIOLATION',
  'INVALID_REPLICATION_FACTOR',
  'INVALID_PARTITIONS',
  'INVALID_TOPIC_EXCEPTION',
])

/** Kafka's name of the error; kafkajs wraps those of single topics. */
function typeOf(error: unknown): string {
  const [first] = error instanceof Error && 'errors' in error ? (error.errors as unknown[]) : []
  const inner = first ?? error
  return inner instanceof Error && 'type' in inner ? String(inner.type) : ''
}
