import type { Admin } from 'kafkajs'
import { PipelineError } from '../domain/pipeline-error.ts'
import type { Stream } from '../domain/source-position.ts'
import type { Logger } from '../telemetry/logger.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import type { KafkaSettings } from './kafka-settings.ts'
import { type StreamHandler, streamKey } from './log-source.ts'

/** What a broker has of a partition: offset of its oldest record, and of the next one to come. */
export interface Extent {
  readonly begin: number
  readonly end: number
}

/**
 * Asks the brokers, one question at a time: an admin client of kafkajs that is asked two at once loses the
 * topics of one. Who asks for the same while it waits shares the answer.
 */
export class BrokerFacts {
  readonly #admin: Admin
  readonly #groupId: string
  readonly #asked = new Map<string, Promise<unknown>>()
  #last: Promise<unknown> = Promise.resolve()

  constructor(admin: Admin, groupId: string) {
    this.#admin = admin
    this.#groupId = groupId
  }

  /** What is there of a topic, by partition. */
  extents(topic: string): Promise<ReadonlyMap<number, Extent>> {
    return this.#share(`extents ${topic}`, async () => {
      const offsets = await this.#admin.fetchTopicOffsets(topic)
      return new Map(
        offsets.map(({ partition, low, high }) => [
          partition,
          { begin: Number(low), end: Number(high) },
        ]),
      )
    })
  }

  /** Offsets that the group has committed, by partition; one without any is not there. */
  commits(topic: string): Promise<ReadonlyMap<number, number>> {
    return this.#share(`commits ${topic}`, async () => {
      const [found] = await this.#admin.fetchOffsets({ groupId: this.#groupId, topics: [topic] })
      const offsets = (found?.partitions ?? []).map(
        ({ partition, offset }) => [partition, Number(offset)] as const,
      )
      return new Map(offsets.filter(([, offset]) => offset >= 0))
    })
  }

  #share<Answer>(question: string, ask: () => Promise<Answer>): Promise<Answer> {
    const asked = this.#asked.get(question) as Promise<Answer> | undefined
    if (asked !== undefined) return asked
    const answer = this.#last.then(ask).finally(() => this.#asked.delete(question))
    this.#asked.set(question, answer)
    this.#last = answer.catch(() => undefined)
    return answer
  }
}

export interface PositionDeps {
  readonly handler: StreamHandler
  readonly facts: BrokerFacts
  readonly settings: KafkaSettings
  readonly metrics: Metrics
  readonly log: Logger
  /** What this process knows to be committed of its streams, by key. */
  readonly committed: ReadonlyMap<string, number>
  /** Whether the partition was added while we were running, of so many that are there now. */
  isAdded(stream: Stream, partitions: number): boolean
  onLost(stream: Stream, records: number): void
}

export interface Position extends Extent {
  /** Offset to read on at. */
  readonly next: number
  /** Last offset that the handler has, stored or buffered; -1 for none. */
  readonly handed: number
}

/**
 * Makes a stream ours, and tells where to read on in it and where it ends: after what is stored, or at
 * the oldest record that Kafka still has.
 *
 * @throws PipelineError source_reset when the topic was made anew: its records would be taken for those
 *   that are stored
 */
export async function readPosition(stream: Stream, deps: PositionDeps): Promise<Position> {
  const { handler, facts, settings, committed, log } = deps
  const next = await handler.assigned(stream)
  const extents = await facts.extents(stream.source)
  const extent = extents.get(stream.partition)
  if (extent === undefined) {
    throw new PipelineError('source_unavailable', 'the partition is not there')
  }
  const isAdded = deps.isAdded(stream, extents.size)
  if (next === 0) {
    const isLatest = settings.startAt === 'latest' && !isAdded
    return { ...extent, next: isLatest ? extent.end : extent.begin, handed: -1 }
  }
  const commits = await facts.commits(stream.source)
  const isCommitGone = !commits.has(stream.partition)
  const isKnown = committed.has(streamKey(stream))
  checkSameLog(stream, { next, extent, isCommitGone: isCommitGone && isKnown })
  if (isCommitGone) {
    // So it is too after a change of the group's name, or a crash before the first commit.
    log.warn(
      { ...stream, next },
      'Of a partition with stored events the group has committed nothing. If its topic was made anew, see "Stuck consumer" in docs/operations.md.',
    )
  }
  if (next < extent.begin) tellLost(stream, { next, begin: extent.begin }, deps)
  return { ...extent, next: Math.max(next, extent.begin), handed: next - 1 }
}

/**
 * Kafka has ids of topics, but not in the versions of its protocol that kafkajs speaks. Offsets only
 * rise, though, and with a topic its groups' commits go.
 *
 * @throws PipelineError source_reset
 */
export function checkSameLog(
  stream: Stream,
  seen: { readonly next: number; readonly extent: Extent; readonly isCommitGone: boolean },
): void {
  const { next, extent, isCommitGone } = seen
  const key = streamKey(stream)
  if (next > extent.end) {
    const message = `${key} ends at offset ${extent.end - 1}, and ${next - 1} is stored`
    throw new PipelineError('source_reset', message)
  }
  if (isCommitGone) {
    const message = `${key} was made anew: ${next - 1} is stored, and what the group committed is gone`
    throw new PipelineError('source_reset', message)
  }
}

function tellLost(
  stream: Stream,
  { next, begin }: { readonly next: number; readonly begin: number },
  { metrics, log, onLost }: PositionDeps,
) {
  const lost = begin - next
  const { source, partition } = stream
  metrics.recordsLost.inc({ source, partition: String(partition) }, lost)
  log.error({ ...stream, next, begin, lost }, 'Records were deleted before they were read.')
  onLost(stream, lost)
}
