import type { Admin, Consumer, ConsumerGroupJoinEvent, EachBatchPayload, Kafka } from 'kafkajs'
import { PipelineError } from '../domain/pipeline-error.ts'
import type { Stream } from '../domain/source-position.ts'
import type { Logger } from '../telemetry/logger.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import { consumerConfig } from './kafka-client.ts'
import { readPosition } from './kafka-position.ts'
import { toSourceRecords } from './kafka-records.ts'
import { type StreamHandler, streamKey } from './log-source.ts'
import { backOffMs, pauseFor } from './retry.ts'
import type { KafkaSettings } from './settings.ts'

export interface KafkaSessionDeps {
  readonly kafka: Kafka
  readonly handler: StreamHandler
  readonly settings: KafkaSettings
  readonly metrics: Metrics
  readonly log: Logger
  readonly clock: () => number
  /** Streams that the handler holds from sessions before; kept up to date. */
  readonly held: Map<string, Stream>
  onJoin(streams: number): void
  /** A stream is not read on: its topic has been made anew. */
  onReset(stream: Stream, error: PipelineError): void
}

/** A partition that is assigned to us and positioned. */
interface Ready {
  readonly stream: Stream
  endOffset: number
  committed: number
  isWaiting: boolean
}

/** Records handed over at a time, between two signs of life. */
const CHUNK_RECORDS = 1_000
/** Longest wait between attempts to position a partition, ms. */
const ATTACH_DELAY_MS_MAX = 5_000

/**
 * One consumer from its first connection to its end: crash, silence or `end`. Every join of the group
 * begins a generation; what belongs to an earlier one changes nothing any more.
 */
export class KafkaSession {
  readonly #deps: KafkaSessionDeps
  readonly #consumer: Consumer
  readonly #admin: Admin
  readonly #ready = new Map<string, Ready>()
  readonly #ending = new AbortController()
  #generation = new AbortController()
  #assigned = new Map<string, Stream>()
  #isPaused = false
  #lastSignMs: number

  constructor(deps: KafkaSessionDeps) {
    const { settings, kafka, clock } = deps
    this.#deps = deps
    this.#lastSignMs = clock()
    this.#admin = kafka.admin()
    this.#consumer = kafka.consumer(consumerConfig(settings))
  }

  /**
   * Runs until it ends.
   *
   * @throws what the consumer crashed of
   */
  async run(): Promise<void> {
    const { topics, startAt, partitionsAtOnce, commitMs } = this.#deps.settings
    const ended = this.#listen()
    ended.catch(() => undefined) // awaited below, when the consumer runs
    const timer = setInterval(() => this.#tick(), commitMs)
    try {
      await this.#admin.connect()
      await this.#consumer.connect()
      await this.#consumer.subscribe({ topics: [...topics], fromBeginning: startAt === 'earliest' })
      await this.#consumer.run({
        autoCommit: false,
        eachBatchAutoResolve: false,
        partitionsConsumedConcurrently: partitionsAtOnce,
        eachBatch: payload => this.#eachBatch(payload),
      })
      await ended
    } finally {
      clearInterval(timer)
      this.#ending.abort()
      this.#generation.abort()
      this.#ready.clear()
      await Promise.allSettled([this.#consumer.disconnect(), this.#admin.disconnect()])
    }
  }

  end() {
    this.#ending.abort()
  }

  pause() {
    this.#isPaused = true
    for (const { stream } of this.#ready.values()) this.#pauseReading(stream)
  }

  resume() {
    this.#isPaused = false
    for (const { stream, isWaiting } of this.#ready.values()) {
      if (!isWaiting) this.#resumeReading(stream)
    }
  }

  /** Settles when the consumer has crashed or fallen silent, or when it is told to end. */
  #listen(): Promise<void> {
    const { events } = this.#consumer
    const sign = () => {
      this.#lastSignMs = this.#deps.clock()
    }
    this.#consumer.on(events.FETCH, sign)
    this.#consumer.on(events.HEARTBEAT, sign)
    this.#consumer.on(events.GROUP_JOIN, event => this.#join(event))
    this.#consumer.on(events.REBALANCING, () => this.#flushAll())
    return new Promise((resolve, reject) => {
      this.#consumer.on(events.CRASH, ({ payload }) => reject(payload.error))
      this.#ending.signal.addEventListener('abort', () => {
        const { reason } = this.#ending.signal
        if (reason instanceof PipelineError) reject(reason)
        else resolve()
      })
    })
  }

  /** Runs before the first fetch of the new assignment, and must not wait. */
  #join({ payload }: ConsumerGroupJoinEvent) {
    const { held, handler, metrics, onJoin, log } = this.#deps
    this.#lastSignMs = this.#deps.clock()
    this.#generation.abort()
    this.#generation = new AbortController()
    this.#ready.clear()
    this.#assigned = new Map()
    for (const [source, partitions] of Object.entries(payload.memberAssignment)) {
      this.#consumer.pause([{ topic: source, partitions: [...partitions] }])
      for (const partition of partitions) {
        const stream = { source, partition }
        this.#assigned.set(streamKey(stream), stream)
      }
    }
    for (const [key, stream] of held) {
      if (this.#assigned.has(key)) continue
      held.delete(key)
      // Else the last lag would be shown, and believed, for as long as the process lives.
      metrics.consumerLag.remove({ source: stream.source, partition: String(stream.partition) })
      void handler.revoked(stream)
    }
    for (const stream of this.#assigned.values()) void this.#attach(stream)
    log.info({ streams: this.#assigned.size }, 'Joined the consumer group.')
    onJoin(this.#assigned.size)
  }

  /** Makes a stream ours and reads on where the store is; tries again for as long as it is assigned. */
  async #attach(stream: Stream): Promise<void> {
    const { signal } = this.#generation
    this.#deps.held.set(streamKey(stream), stream)
    for (let attempt = 0; !signal.aborted; attempt++) {
      try {
        const position = await readPosition(stream, { ...this.#deps, admin: this.#admin })
        if (signal.aborted) return
        this.#consumer.seek({
          topic: stream.source,
          partition: stream.partition,
          offset: String(position.next),
        })
        const { end: endOffset } = position
        this.#ready.set(streamKey(stream), { stream, endOffset, committed: -1, isWaiting: false })
        if (!this.#isPaused) this.#resumeReading(stream)
        return
      } catch (error) {
        if (error instanceof PipelineError && error.code === 'source_reset') {
          this.#deps.onReset(stream, error)
          return
        }
        this.#deps.log.warn(
          { ...stream, err: error, attempt },
          'Partition not ready, trying again.',
        )
        await pauseFor(backOffMs(attempt, ATTACH_DELAY_MS_MAX, Math.random()), signal)
      }
    }
  }

  async #eachBatch(payload: EachBatchPayload): Promise<void> {
    const { batch, isRunning, isStale, resolveOffset, heartbeat } = payload
    const stream: Stream = { source: batch.topic, partition: batch.partition }
    const ready = this.#ready.get(streamKey(stream))
    if (ready === undefined) return
    ready.endOffset = Number(batch.highWatermark)
    const records = toSourceRecords(batch.messages)
    for (let start = 0; start < records.length; start += CHUNK_RECORDS) {
      const isOurs = this.#ready.get(streamKey(stream)) === ready
      if (!isOurs || this.#isPaused || !isRunning() || isStale() || this.#isFull(ready)) return
      const chunk = records.slice(start, start + CHUNK_RECORDS)
      const receivedMs = this.#deps.clock()
      const waiting = ready.endOffset - 1 - (chunk.at(-1)?.offset ?? 0)
      const taken = this.#deps.handler.batch({ ...stream, receivedMs, waiting, records: chunk })
      if (!(await this.#tended(taken, heartbeat, stream))) return
      resolveOffset(String(chunk.at(-1)?.offset ?? 0))
      await heartbeat()
    }
  }

  /** Stops reading a partition whose buffer is full until there is room: others go on meanwhile. */
  #isFull(ready: Ready): boolean {
    const { stream } = ready
    const { handler } = this.#deps
    const isOpen = handler.isOpen(stream)
    const room = isOpen ? handler.room(stream) : undefined
    if (isOpen && room === undefined) return false
    ready.isWaiting = true
    this.#pauseReading(stream) // `#tick` sees to a stream that is not open
    const goOn = () => {
      ready.isWaiting = false
      if (this.#ready.get(streamKey(stream)) === ready && !this.#isPaused) {
        this.#resumeReading(stream)
      }
    }
    room?.then(goOn, goOn)
    return true
  }

  /** Waits for the handler, with signs of life to the group; false when the stream was lost. */
  async #tended(
    taken: Promise<void>,
    heartbeat: () => Promise<void>,
    stream: Stream,
  ): Promise<boolean> {
    taken.catch(() => undefined) // awaited below, but perhaps not to its end
    const { heartbeatMs } = this.#deps.settings
    const done = taken.then(() => 'taken' as const)
    try {
      for (;;) {
        const beat = new AbortController()
        const pause = pauseFor(heartbeatMs, beat.signal, this.#ending.signal)
        const first = await Promise.race([done, pause])
        beat.abort()
        if (first === 'taken') return true
        if (this.#ending.signal.aborted) return false
        await heartbeat()
      }
    } catch (error) {
      if (!(error instanceof PipelineError)) throw error
      this.#deps.log.info({ ...stream, code: error.code }, 'Stream no longer takes records.')
      return false
    }
  }

  /** New owners read the watermark a moment from now: the more is stored, the less they repeat. */
  #flushAll() {
    for (const { stream } of this.#ready.values()) {
      this.#deps.handler.flush(stream).catch(() => undefined) // a stream that failed says so itself
    }
  }

  #tick() {
    const { clock, settings, handler } = this.#deps
    const silentMs = clock() - this.#lastSignMs
    if (silentMs > 2 * settings.sessionTimeoutMs) {
      this.#ending.abort(new PipelineError('source_unavailable', `silent for ${silentMs} ms`))
      return
    }
    if (this.#isPaused) return
    for (const [key, { stream }] of this.#ready) {
      if (handler.isOpen(stream)) continue
      // Failed or fenced, and the group still says that it is ours: what was not stored is read again.
      this.#ready.delete(key)
      this.#pauseReading(stream)
      void this.#attach(stream)
    }
    void this.#commit()
  }

  /** For lag displays only: the store knows where to go on. */
  async #commit(): Promise<void> {
    const { handler, metrics, log } = this.#deps
    const commits = [...this.#ready.values()].flatMap(ready => {
      const { source, partition } = ready.stream
      const settled = handler.settled(ready.stream)
      if (settled === undefined) return []
      const lag = Math.max(0, ready.endOffset - settled - 1)
      metrics.consumerLag.set({ source, partition: String(partition) }, lag)
      if (settled <= ready.committed) return []
      ready.committed = settled
      return [{ topic: source, partition, offset: String(settled + 1) }]
    })
    if (commits.length === 0) return
    try {
      await this.#consumer.commitOffsets(commits)
    } catch (error) {
      log.debug({ err: error }, 'Offsets not committed.')
    }
  }

  #pauseReading({ source, partition }: Stream) {
    this.#consumer.pause([{ topic: source, partitions: [partition] }])
  }

  #resumeReading({ source, partition }: Stream) {
    this.#consumer.resume([{ topic: source, partitions: [partition] }])
  }
}
