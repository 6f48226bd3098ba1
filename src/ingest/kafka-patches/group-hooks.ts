import { createRequire } from 'node:module'
import type { Assigner, PartitionAssigner } from 'kafkajs'
import type { Stream } from '../../domain/source-position.ts'

/** What one consumer wants to do itself where kafkajs 2.2.4 offers no say. */
export interface GroupHooks {
  /**
   * Awaited before each join of the group, while the other members wait too. kafkajs tells of a rebalance,
   * but joins at once: new owners would read the watermark before the old ones have stored their buffers.
   */
  readonly beforeJoin?: (() => Promise<void>) | undefined
  /**
   * Instead of kafkajs's own answer to an offset that the broker does not have: it goes on at the
   * earliest or latest one without a word, and commits that.
   */
  readonly onOutOfRange?: ((stream: Stream) => void) | undefined
}

interface ConsumerGroup {
  readonly assigners: readonly Assigner[]
  joinAndSync(): Promise<void>
  recoverFromOffsetOutOfRange(error: { topic: string; partition: number }): Promise<void>
}

/** A consumer's group object is reachable by none of its own; the assigners in it are ours. */
const hooksOf = new WeakMap<Assigner, GroupHooks>()

/** The assigner, with hooks for the consumer that gets it as one of its `partitionAssigners`. */
export function withHooks(assigner: PartitionAssigner, hooks: GroupHooks): PartitionAssigner {
  return config => {
    const made = assigner(config)
    hooksOf.set(made, hooks)
    return made
  }
}

/** Lets `withHooks` have its effect; a consumer without hooks works as ever. */
export function installGroupHooks(): void {
  const require = createRequire(import.meta.url)
  const { prototype } = require('kafkajs/src/consumer/consumerGroup') as {
    prototype: ConsumerGroup
  }
  const { joinAndSync, recoverFromOffsetOutOfRange } = prototype
  prototype.joinAndSync = async function joinWhenReady(this: ConsumerGroup) {
    await hooks(this)?.beforeJoin?.()
    await joinAndSync.call(this)
  }
  prototype.recoverFromOffsetOutOfRange = async function tellOutOfRange(
    this: ConsumerGroup,
    error,
  ) {
    const onOutOfRange = hooks(this)?.onOutOfRange
    if (onOutOfRange === undefined) await recoverFromOffsetOutOfRange.call(this, error)
    else onOutOfRange({ source: error.topic, partition: error.partition })
  }
}

function hooks({ assigners }: ConsumerGroup): GroupHooks | undefined {
  for (const assigner of assigners) {
    const found = hooksOf.get(assigner)
    if (found !== undefined) return found
  }
  return undefined
}
