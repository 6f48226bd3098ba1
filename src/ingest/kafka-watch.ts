import type { Consumer } from 'kafkajs'
import { PipelineError } from '../domain/pipeline-error.ts'
import type { Stream } from '../domain/source-position.ts'
import type { Logger } from '../telemetry/logger.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import { type BrokerFacts, checkSameLog, type Extent } from './kafka-position.ts'
import type { Reading, ReadingState } from './kafka-reading.ts'
import type { KafkaSettings } from './kafka-settings.ts'
import { type StreamHandler, streamKey } from './log-source.ts'

export interface WatchDeps {
  readonly facts: BrokerFacts
  readonly consumer: Consumer
  readonly state: ReadingState & { assigned(): readonly Stream[] }
  readonly handler: StreamHandler
  readonly settings: KafkaSettings
  readonly metrics: Metrics
  readonly log: Logger
  readonly clock: () => number
  /** What is known to be committed of our topics, whoever did it, by stream's key; kept up to date. */
  readonly committed: Map<string, number>
  onReset(stream: Stream, error: PipelineError): void
  onStall(message: string): void
}

type ByStream<Value> = ReadonlyMap<string, Value>

/**
 * Compares what we read with what the brokers say that there is: lag, a topic that was made anew, a
 * consumer that reads nothing though there is something and room for it. Commits what is settled.
 */
export class KafkaWatch {
  readonly #deps: WatchDeps
  #isLooking = false

  constructor(deps: WatchDeps) {
    this.#deps = deps
  }

  /** Never fails: without an answer nothing is judged. One look at a time. */
  async look(): Promise<void> {
    if (this.#isLooking) return
    this.#isLooking = true
    try {
      await this.#look()
    } catch (error) {
      this.#deps.log.debug({ err: error }, 'Brokers not asked.')
    } finally {
      this.#isLooking = false
    }
  }

  /**
   * For lag displays, and as a mark that goes with the topic: the store knows where to go on.
   *
   * @throws KafkaJSError
   */
  async commit(): Promise<void> {
    const { state, committed, consumer } = this.#deps
    const due = byKey(state.assigned(), stream => {
      const reading = state.reading(stream)
      return reading === undefined ? undefined : this.#settledTo(stream, reading)
    })
    const streams = state.assigned().filter(stream => {
      const to = due.get(streamKey(stream)) ?? 0
      return to > 0 && to !== committed.get(streamKey(stream))
    })
    if (streams.length === 0) return
    await consumer.commitOffsets(
      streams.map(stream => ({
        topic: stream.source,
        partition: stream.partition,
        offset: String(due.get(streamKey(stream))),
      })),
    )
    for (const key of streams.map(streamKey)) committed.set(key, due.get(key) ?? 0)
  }

  async #look() {
    const { state, facts, settings } = this.#deps
    const streams = state.assigned()
    // As of before the question: the answers may be older than what is read by then.
    const before = byKey(streams, stream => state.reading(stream)?.next)
    for (const topic of settings.topics) {
      const ofTopic = streams.filter(({ source }) => source === topic)
      if (ofTopic.length === 0) continue
      const extents = await facts.extents(topic)
      const commits = await facts.commits(topic)
      this.#remember(topic, commits)
      for (const stream of ofTopic) {
        const extent = extents.get(stream.partition)
        const commit = commits.get(stream.partition)
        if (extent !== undefined) this.#judge(stream, before, { extent, commit })
      }
    }
    await this.commit()
  }

  /** Of all partitions: when a topic is made anew, each may come to be ours. */
  #remember(source: string, commits: ReadonlyMap<number, number>) {
    const { committed } = this.#deps
    for (const [partition, offset] of commits) {
      const key = streamKey({ source, partition })
      if (!committed.has(key)) committed.set(key, offset)
    }
  }

  #judge(
    stream: Stream,
    before: ByStream<number>,
    { extent, commit }: { readonly extent: Extent; readonly commit: number | undefined },
  ) {
    const { state, metrics, committed } = this.#deps
    const key = streamKey(stream)
    if (!state.assigned().some(other => streamKey(other) === key)) return
    const reading = state.reading(stream)
    const labels = { source: stream.source, partition: String(stream.partition) }
    const from = Math.max(this.#settledTo(stream, reading) ?? extent.begin, extent.begin)
    metrics.consumerLag.set(labels, Math.max(0, extent.end - from))
    const next = before.get(key)
    if (reading === undefined || next === undefined) return
    try {
      const isCommitGone = commit === undefined && committed.has(key)
      checkSameLog(stream, { next, extent, isCommitGone })
    } catch (error) {
      if (error instanceof PipelineError) this.#deps.onReset(stream, error)
      return
    }
    this.#checkProgress(reading, extent)
  }

  /** kafkajs fetches again when all that it fetched is processed: one busy stream holds up all. */
  #checkProgress(reading: Reading, extent: Extent) {
    const { state, settings, clock } = this.#deps
    const isHeldUp = state.isPaused() || this.#isAnyBusy() || reading.isWaiting
    if (isHeldUp || reading.next >= extent.end) {
      reading.movedMs = clock()
      return
    }
    const stalledMs = clock() - reading.movedMs
    if (settings.stallMs === 0 || stalledMs <= settings.stallMs) return
    const records = extent.end - reading.next
    const key = streamKey(reading.stream)
    this.#deps.onStall(`${key} stands at ${reading.next} of ${records} more for ${stalledMs} ms`)
  }

  #isAnyBusy(): boolean {
    const { state } = this.#deps
    return state.assigned().some(stream => state.reading(stream)?.isBusy === true)
  }

  /** Offset up to which nothing is left to be stored; undefined when that is not known. */
  #settledTo(stream: Stream, reading: Reading | undefined): number | undefined {
    const settled = this.#deps.handler.settled(stream) ?? -1
    if (reading !== undefined && settled >= reading.handed) return reading.next
    return settled < 0 ? undefined : settled + 1
  }
}

function byKey<Value>(
  streams: readonly Stream[],
  valueFor: (stream: Stream) => Value | undefined,
): ByStream<Value> {
  const found = new Map<string, Value>()
  for (const stream of streams) {
    const value = valueFor(stream)
    if (value !== undefined) found.set(streamKey(stream), value)
  }
  return found
}
