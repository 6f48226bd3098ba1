import type { Health } from '../telemetry/health.ts'
import type { Logger } from '../telemetry/logger.ts'
import type { EventObserver } from './active-stream.ts'

/** One event of so many is looked at. */
const SAMPLE = 16
/** Tokens of a topic that are followed: the first ones that come. */
const TOKENS_MAX = 1_000
/** Changes of partition from which a topic is told of, in all and for each token that is followed. */
const CHANGES_MIN = 20
const CHANGES_PER_TOKEN = 3

interface Topic {
  readonly partitions: Map<string, number>
  changes: number
}

/**
 * Tells, once a topic, when its tokens are in several partitions: each part of a token's traffic would be
 * judged alone. A topic that got more partitions moves each token once, which is no reason. It sees only
 * the partitions of this process.
 */
export function createKeyingWatch(deps: {
  readonly topics: readonly string[]
  readonly health: Health
  readonly log: Logger
}): EventObserver {
  const topics = new Map<string, Topic>()
  for (const name of deps.topics) topics.set(name, { partitions: new Map(), changes: 0 })

  const tell = (name: string, { partitions, changes }: Topic) => {
    topics.delete(name)
    const message = `tokens of topic ${name} are in several partitions: it is not keyed by token`
    deps.health.set(`keys of ${name}`, false, message)
    deps.log.warn(
      { topic: name, tokens: partitions.size, changes },
      'A topic is not keyed by token: see "Topics that are not keyed by token" in docs/operations.md.',
    )
  }

  /** Whether the token is followed, and was in another partition before. */
  const isMoved = ({ partitions }: Topic, token: string, partition: number): boolean => {
    const before = partitions.get(token)
    if (before === partition) return false
    if (before !== undefined || partitions.size < TOKENS_MAX) partitions.set(token, partition)
    return before !== undefined
  }

  return {
    observe({ source, partition, offset, token, entity }, isReplayed) {
      if (offset % SAMPLE !== 0 || isReplayed === true || entity !== 'token') return
      const topic = topics.get(source)
      if (topic === undefined || !isMoved(topic, token, partition)) return
      topic.changes += 1
      const enough = Math.max(CHANGES_MIN, CHANGES_PER_TOKEN * topic.partitions.size)
      if (topic.changes >= enough) tell(source, topic)
    },
  }
}
