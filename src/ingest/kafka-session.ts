import { setMaxListeners } from 'node:events'
import type { Admin, Consumer, ConsumerGroupJoinEvent, Kafka } from 'kafkajs'
import { PipelineError } from '../domain/pipeline-error.ts'
import type { Stream } from '../domain/source-position.ts'
import type { Logger } from '../telemetry/logger.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import { KafkaBatches } from './kafka-batches.ts'
import { type Assigners, consumerConfig } from './kafka-client.ts'
import { ConsumerLost } from './kafka-consumer-lost.ts'
import { BrokerFacts, readPosition } from './kafka-position.ts'
import type { Reading, ReadingState } from './kafka-reading.ts'
import type { KafkaSettings } from './kafka-settings.ts'
import { KafkaWatch } from './kafka-watch.ts'
import { type StreamHandler, streamKey } from './log-source.ts'
import { backOffMs, pauseFor, within } from './retry.ts'

export interface KafkaSessionDeps {
  readonly kafka: Kafka
  readonly assigners: Assigners
  readonly handler: StreamHandler
  readonly settings: KafkaSettings
  readonly metrics: Metrics
  readonly log: Logger
  readonly clock: () => number
  /** Streams that the handler holds from sessions before; kept up to date. */
  readonly held: Map<string, Stream>
  /** What is known to be committed of our topics; kept up to date. */
  readonly committed: Map<string, number>
  isAdded(stream: Stream, partitions: number): boolean
  onJoin(streams: readonly Stream[]): void
  /** A stream is not read on: its topic has been made anew. */
  onReset(stream: Stream, error: PipelineError): void
  onLost(stream: Stream, records: number): void
}

/** Longest wait between attempts to position a partition, ms. */
const ATTACH_DELAY_MS_MAX = 5_000
/** Longest that a consumer that has ended may take to leave: one that hangs must not hold up the next. */
const DISCONNECT_MS = 10_000

/**
 * One consumer from its first connection to its end: crash, silence, stall or `end`. Every join of the
 * group begins a generation; what belongs to an earlier one changes nothing any more.
 */
export class KafkaSession implements ReadingState {
  readonly #deps: KafkaSessionDeps
  readonly #consumer: Consumer
  readonly #admin: Admin
  readonly #facts: BrokerFacts
  readonly #watch: KafkaWatch
  readonly #readings = new Map<string, Reading>()
  readonly #ending = new AbortController()
  #generation = new AbortController()
  /** Of the group, as of the last sign of life; -1 before the first. */
  #groupGeneration = -1
  #assigned = new Map<string, Stream>()
  #isRebalance = false
  #isPaused = false
  #lastSignMs: number

  constructor(deps: KafkaSessionDeps) {
    const { settings, kafka, clock } = deps
    this.#deps = deps
    this.#lastSignMs = clock()
    setMaxListeners(0, this.#ending.signal) // one for each partition that waits
    this.#admin = kafka.admin()
    this.#facts = new BrokerFacts(this.#admin, settings.groupId)
    const partitionAssigners = deps.assigners({
      claim: () => ({ owned: [...deps.held.values()], generation: this.#groupGeneration }),
      beforeJoin: () => this.#flushAll(),
      onOutOfRange: stream => this.#reattach(stream),
    })
    this.#consumer = kafka.consumer({ ...consumerConfig(settings), partitionAssigners })
    this.#watch = new KafkaWatch({
      ...deps,
      state: this,
      facts: this.#facts,
      consumer: this.#consumer,
      onReset: (stream, error) => this.#reset(stream, error),
      onStall: message => this.#ending.abort(new ConsumerLost('stalled', message)),
    })
  }

  /**
   * Runs until it ends.
   *
   * @throws ConsumerLost when it stalled or fell silent; else what the consumer crashed of
   */
  async run(): Promise<void> {
    const { topics, startAt, partitionsAtOnce, commitMs } = this.#deps.settings
    const ended = this.#listen()
    ended.catch(() => undefined) // awaited below, when the consumer runs
    const timer = setInterval(() => this.#tick(), commitMs)
    const batches = new KafkaBatches({ ...this.#deps, state: this, ending: this.#ending.signal })
    try {
      await this.#admin.connect()
      await this.#consumer.connect()
      await this.#consumer.subscribe({ topics: [...topics], fromBeginning: startAt === 'earliest' })
      await this.#consumer.run({
        autoCommit: false,
        eachBatchAutoResolve: false,
        partitionsConsumedConcurrently: partitionsAtOnce,
        eachBatch: payload => batches.take(payload),
      })
      await ended
    } finally {
      clearInterval(timer)
      this.#ending.abort()
      // For a relay the commits decide where the next one begins.
      await this.#watch.commit().catch(() => undefined)
      this.#generation.abort()
      this.#readings.clear()
      const left = Promise.allSettled([this.#consumer.disconnect(), this.#admin.disconnect()])
      await within(DISCONNECT_MS, left)
    }
  }

  end() {
    this.#ending.abort()
  }

  pause() {
    this.#isPaused = true
    for (const { stream } of this.#readings.values()) this.pauseReading(stream)
  }

  resume() {
    this.#isPaused = false
    for (const { stream, isWaiting } of this.#readings.values()) {
      if (!isWaiting) this.resumeReading(stream)
    }
  }

  isPaused(): boolean {
    return this.#isPaused
  }

  assigned(): readonly Stream[] {
    return [...this.#assigned.values()]
  }

  reading(stream: Stream): Reading | undefined {
    return this.#readings.get(streamKey(stream))
  }

  pauseReading({ source, partition }: Stream) {
    this.#consumer.pause([{ topic: source, partitions: [partition] }])
  }

  resumeReading({ source, partition }: Stream) {
    this.#consumer.resume([{ topic: source, partitions: [partition] }])
  }

  /** Settles when the consumer has crashed, stalled or fallen silent, or when it is told to end. */
  #listen(): Promise<void> {
    const { events } = this.#consumer
    const sign = () => {
      this.#lastSignMs = this.#deps.clock()
    }
    this.#consumer.on(events.FETCH, sign)
    this.#consumer.on(events.HEARTBEAT, ({ payload }) => {
      sign()
      this.#groupGeneration = payload.groupGenerationId
    })
    this.#consumer.on(events.GROUP_JOIN, event => this.#join(event))
    this.#consumer.on(events.REBALANCING, () => {
      this.#isRebalance = true
    })
    this.#consumer.on(events.END_BATCH_PROCESS, ({ payload }) => {
      // Only markers of transactions: kafkajs passes over them by itself.
      const reading = this.reading({ source: payload.topic, partition: payload.partition })
      if (payload.batchSize === 0 && reading !== undefined) {
        reading.next = Number(payload.lastOffset) + 1
      }
    })
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
    const { log, onJoin } = this.#deps
    this.#lastSignMs = this.#deps.clock()
    this.#generation.abort()
    this.#generation = new AbortController()
    setMaxListeners(0, this.#generation.signal)
    const before = new Map(this.#readings)
    this.#readings.clear()
    this.#assigned = new Map()
    for (const [source, partitions] of Object.entries(payload.memberAssignment)) {
      for (const partition of partitions) {
        const stream = { source, partition }
        this.#assigned.set(streamKey(stream), stream)
      }
    }
    this.#letGo()
    const isRebalance = this.#isRebalance
    this.#isRebalance = false
    for (const stream of this.#assigned.values()) {
      const reading = before.get(streamKey(stream))
      // Else kafkajs has joined anew because a topic changed: it may be another one.
      if (isRebalance && reading !== undefined && this.#deps.handler.isOpen(stream)) {
        this.#read({ ...reading, isWaiting: false, isBusy: false })
      } else {
        this.pauseReading(stream)
        void this.#attach(stream)
      }
    }
    log.info({ streams: this.#assigned.size }, 'Joined the consumer group.')
    onJoin(this.assigned())
    void this.#watch.look()
  }

  /** Gives up what is no longer ours. */
  #letGo() {
    const { held, handler, metrics } = this.#deps
    for (const [key, stream] of held) {
      if (this.#assigned.has(key)) continue
      held.delete(key)
      // Else the last lag would be shown, and believed, for as long as the process lives.
      metrics.consumerLag.remove({ source: stream.source, partition: String(stream.partition) })
      void handler.revoked(stream)
    }
  }

  /** Makes a stream ours and reads on where the store is; tries again for as long as it is assigned. */
  async #attach(stream: Stream): Promise<void> {
    const { signal } = this.#generation
    this.#deps.held.set(streamKey(stream), stream)
    for (let attempt = 0; !signal.aborted; attempt++) {
      try {
        const position = await readPosition(stream, { ...this.#deps, facts: this.#facts })
        if (signal.aborted) return
        const { next, handed, begin, end } = position
        const movedMs = this.#deps.clock()
        const extent = { begin, end }
        this.#read({ stream, next, handed, extent, isWaiting: false, isBusy: false, movedMs })
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

  #read(reading: Reading) {
    const { stream, next } = reading
    this.#readings.set(streamKey(stream), reading)
    this.#consumer.seek({
      topic: stream.source,
      partition: stream.partition,
      offset: String(next),
    })
    if (this.#isPaused) this.pauseReading(stream)
    else this.resumeReading(stream)
  }

  /** What was not stored is read again. */
  #reattach(stream: Stream) {
    this.#readings.delete(streamKey(stream))
    this.pauseReading(stream)
    if (this.#assigned.has(streamKey(stream))) void this.#attach(stream)
  }

  #reset(stream: Stream, error: PipelineError) {
    this.#readings.delete(streamKey(stream))
    this.pauseReading(stream)
    this.#deps.onReset(stream, error)
  }

  /**
   * New owners read the watermark a moment from now: the more is stored, the less they repeat. Not
   * waited for so long that the group misses us.
   */
  async #flushAll(): Promise<void> {
    const { held, handler, settings } = this.#deps
    const flushed = [...held.values()].map(stream => handler.flush(stream))
    const done = Promise.allSettled(flushed) // a stream that failed says so itself
      .then(() => this.#watch.commit())
      .catch(error => this.#deps.log.debug({ err: error }, 'Offsets not committed.'))
    await within(settings.sessionTimeoutMs / 3, done)
  }

  #tick() {
    const { clock, settings, handler } = this.#deps
    const silentMs = clock() - this.#lastSignMs
    if (silentMs > 2 * settings.sessionTimeoutMs) {
      this.#ending.abort(new ConsumerLost('silent', `silent for ${silentMs} ms`))
      return
    }
    for (const { stream } of this.#readings.values()) {
      // Failed or fenced, and the group still says that it is ours.
      if (!this.#isPaused && !handler.isOpen(stream)) this.#reattach(stream)
    }
    void this.#watch.look()
  }
}
