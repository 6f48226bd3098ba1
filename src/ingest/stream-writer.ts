import type { AccessEvent } from '../domain/access-event.ts'
import type { Finding } from '../domain/finding.ts'
import type { DeadLetter } from '../domain/reject.ts'
import type { SourcePosition, Stream } from '../domain/source-position.ts'
import type { Health } from '../telemetry/health.ts'
import type { Logger } from '../telemetry/logger.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import { BatchTimer } from './batch-timer.ts'
import { type Deferred, deferred } from './deferred.ts'
import { forgetStream } from './forget-stream.ts'
import { yieldTurn } from './prepare-batch.ts'
import { retry } from './retry.ts'
import { type EncodedEvents, emptyBatch, isEmpty, type WriteBatch } from './write-batch.ts'

/** The stored side of one stream; `store/` has it. */
export interface EventStream<Encoded extends EncodedEvents = EncodedEvents> {
  readonly stream: Stream
  /** Last stored offset, -1 for none. */
  readonly watermark: number
  /** Synchronous; the events may be forgotten then. */
  encode(events: readonly AccessEvent[]): Encoded
  /** Stores them as one insert, in the order given. */
  append(blocks: readonly Encoded[]): Promise<void>
  replay(afterOffset: number): AsyncIterable<readonly AccessEvent[]>
  /** Highest position of each origin of relayed events that is stored. */
  origins(): Promise<readonly SourcePosition[]>
  close(): Promise<void>
}

/** Where the by-products of a batch go once its events are stored. Repetitions must do no harm. */
export interface BatchSinks {
  readonly deadLetters: { append(letters: readonly DeadLetter[]): Promise<void> }
  deliverFindings(findings: readonly Finding[]): Promise<void>
}

export interface WriterLimits {
  readonly batchRowsMax: number
  readonly batchBytesMax: number
  /** Longest that a batch fills. */
  readonly flushMs: number
  /** The same from the moment at which an alert is in it: it leaves when its events are stored. */
  readonly alertFlushMs: number
}

export interface WriterDeps extends BatchSinks {
  readonly eventStream: EventStream
  readonly limits: WriterLimits
  readonly metrics: Metrics
  readonly health: Health
  readonly log: Logger
  readonly clock: () => number
  readonly signal: AbortSignal
  /** Called once, when an insert has failed for good: the writer is closed. */
  onFailure(error: unknown): void
}

/** Longest wait between attempts to hand over dead letters and findings, ms. */
const DELIVERY_DELAY_MS_MAX = 10_000
/**
 * Events that are encoded together. Whole batches of objects would be copied by the garbage collector,
 * twice, before they are stored; so few die young. About 10 ms of work.
 */
const EVENTS_PER_BLOCK = 4_096
/** How long a batch may fill while the stream is behind, ms. */
const CATCH_UP_MS = 10_000
/** Records waiting at the source from which a stream is behind: smaller inserts cost twice as much a row. */
const BEHIND_RECORDS = 10_000
/** Attempts when the receiver refuses: one poisoned finding must not stop the stream for ever. */
const REFUSED_ATTEMPTS_MAX = 5

/**
 * Collects one stream's events and stores them batch by batch, one insert in flight while the next
 * batch fills. Its dead letters are handed over before the insert, its findings after it; then it is settled.
 */
export class StreamWriter {
  readonly #deps: WriterDeps
  readonly #labels: { readonly source: string; readonly partition: string }
  #open = emptyBatch()
  readonly #timer = new BatchTimer(() => this.#kick())
  #isBehind = false
  #storing: WriteBatch | undefined
  #running: Promise<void> | undefined
  #roomWaiters: Deferred[] = []
  #failure: { readonly error: unknown } | undefined
  #settledOffset: number

  constructor(deps: WriterDeps) {
    const { stream, watermark } = deps.eventStream
    this.#deps = deps
    this.#labels = { source: stream.source, partition: String(stream.partition) }
    this.#settledOffset = watermark
  }

  /** Everything up to here is stored and handed over, -1 for nothing. */
  get settledOffset(): number {
    return this.#settledOffset
  }

  get bufferedEvents(): number {
    return this.#open.rows + (this.#storing?.rows ?? 0)
  }
  get bufferedBytes(): number {
    return this.#open.bytes + (this.#storing?.bytes ?? 0)
  }

  /** Adds to the open batch: hot path. `touch` must follow in the same turn. */
  event(event: AccessEvent) {
    this.#open.events.push(event)
    this.#open.rows += 1
  }

  /**
   * Tells how many records wait at the source. The events of a stream that is behind are late anyway:
   * its batches wait longer to be full, because many small inserts would keep it behind.
   */
  expect(waiting: number) {
    const isBehind = waiting >= BEHIND_RECORDS
    if (isBehind === this.#isBehind) return
    this.#isBehind = isBehind
    if (!isBehind && this.#timer.isRunning) this.#timer.dueWithin(this.#deps.limits.flushMs)
  }

  letter(letter: DeadLetter) {
    this.#open.letters.push(letter)
  }

  finding(finding: Finding) {
    this.#open.findings.push(finding)
    // And no more: a batch must never be closed amid a record.
    if (finding.isAlert) {
      this.#measureAlerts([finding], 'raised')
      this.#timer.dueWithin(this.#deps.limits.alertFlushMs)
    } else this.#startTimer()
  }

  #measureAlerts(findings: readonly Finding[], reached: 'raised' | 'delivered') {
    const { metrics, clock } = this.#deps
    for (const { isAlert, ts } of findings) {
      if (isAlert) metrics.alertDelaySeconds.observe({ reached }, Math.max(0, clock() - ts) / 1_000)
    }
  }

  /** All of the records up to this offset has been added. */
  touch(offset: number, bytes: number) {
    this.#open.lastOffset = offset
    this.#open.bytes += bytes
    if (this.#open.events.length >= EVENTS_PER_BLOCK) this.#encodeOpen()
    if (this.#isFull(this.#open)) this.#kick()
    else this.#startTimer()
  }

  /** Settles when the batch that is being filled is stored, or never will be. */
  get stored(): Promise<void> {
    return this.#open.stored.promise
  }

  /** Undefined while there is room; else resolves when an insert has ended, rejects when none will. */
  room(): Promise<void> | undefined {
    if (this.#failure === undefined) {
      if (this.#running === undefined || !this.#isFull(this.#open)) return undefined
    }
    this.#deps.metrics.queues.wasFull('stream batches')
    if (this.#failure !== undefined) return Promise.reject(this.#failure.error)
    const waiter = deferred()
    this.#roomWaiters.push(waiter)
    return waiter.promise
  }

  /** Stores and hands over all that has been added so far. */
  async flush(): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure.error
    const batch = isEmpty(this.#open) ? this.#storing : this.#open
    if (batch === undefined) return
    if (batch === this.#open) this.#timer.dueNow()
    await batch.settled.promise
  }

  /** Takes no more, gives up what is not stored; later calls fail with this error. */
  close(error: unknown) {
    if (this.#failure !== undefined) return
    this.#failure = { error }
    this.#timer.reset()
    for (const batch of this.#storing === undefined ? [this.#open] : [this.#storing, this.#open]) {
      batch.stored.reject(error)
      batch.settled.reject(error)
    }
    this.#storing = undefined
    this.#open = emptyBatch()
    forgetStream(this.#deps.metrics, this.#labels)
    this.#wakeRoomWaiters()
  }

  #isFull({ rows, letters, bytes }: WriteBatch): boolean {
    const { batchRowsMax, batchBytesMax } = this.#deps.limits
    return rows + letters.length >= batchRowsMax || bytes >= batchBytesMax
  }

  #encodeOpen() {
    try {
      this.#encode(this.#open)
    } catch (error) {
      this.#fail(error)
    }
  }

  /** @throws RangeError as the store's `encode`; the batch must then not be stored: it has a hole */
  #encode({ blocks, events }: WriteBatch) {
    blocks.push(this.#deps.eventStream.encode(events.splice(0, EVENTS_PER_BLOCK)))
  }

  #startTimer() {
    if (this.#timer.isRunning) return
    const { flushMs } = this.#deps.limits
    this.#timer.dueWithin(this.#isBehind ? Math.max(CATCH_UP_MS, flushMs) : flushMs)
  }

  #hasWork(): boolean {
    return this.#failure === undefined && (this.#timer.isDue || this.#isFull(this.#open))
  }

  #kick() {
    if (this.#running === undefined && this.#hasWork()) this.#running = this.#run()
  }

  async #run() {
    try {
      while (this.#hasWork()) {
        const batch = this.#open
        this.#open = emptyBatch()
        this.#timer.reset()
        this.#storing = batch
        this.#wakeRoomWaiters()
        await this.#store(batch)
        this.#storing = undefined
      }
    } catch (error) {
      this.#fail(error)
    } finally {
      this.#running = undefined
      this.#wakeRoomWaiters()
    }
  }

  #fail(error: unknown) {
    if (this.#failure !== undefined) return
    this.close(error)
    this.#deps.onFailure(error)
  }

  async #store(batch: WriteBatch) {
    const { eventStream, metrics, deadLetters, signal } = this.#deps
    metrics.bufferedEvents.set(this.#labels, batch.rows)
    // Before the events: they carry the watermark, and what is below it is not read again after a crash.
    await this.#handOver(batch.letters, 'dead letters', letters => deadLetters.append(letters))
    if (batch.rows > 0) {
      while (batch.events.length > 0) {
        this.#encode(batch)
        await yieldTurn()
        signal.throwIfAborted()
      }
      await eventStream.append(batch.blocks)
      metrics.eventsStored.inc(this.#labels, batch.rows)
    }
    batch.stored.resolve()
    await this.#handOver(batch.findings, 'findings', findings =>
      this.#deps.deliverFindings(findings),
    )
    this.#measureAlerts(batch.findings, 'delivered')
    this.#settledOffset = Math.max(this.#settledOffset, batch.lastOffset)
    batch.settled.resolve()
    metrics.bufferedEvents.set(this.#labels, this.#open.rows)
  }

  /** A refusal that stays is told and let go: one poisoned item must not stop the stream for ever. */
  async #handOver<Item>(
    items: readonly Item[],
    what: string,
    deliver: (items: readonly Item[]) => Promise<void>,
  ) {
    if (items.length === 0) return
    const { signal, health, log } = this.#deps
    const dependency = `delivery of ${what}`
    const labels = this.#labels
    try {
      await retry(() => deliver(items), {
        signal,
        delayMsMax: DELIVERY_DELAY_MS_MAX,
        attemptsMax: REFUSED_ATTEMPTS_MAX,
        onFailure(error, attempt) {
          health.set(dependency, false, `attempt ${attempt} failed`)
          log.warn({ ...labels, err: error, attempt, what }, 'Hand-over failed, trying again.')
        },
      })
      health.set(dependency, true, 'delivered')
    } catch (error) {
      if (signal.aborted) throw error
      log.error({ ...labels, err: error, count: items.length, what }, 'Hand-over given up.')
    }
  }

  #wakeRoomWaiters() {
    const waiters = this.#roomWaiters
    this.#roomWaiters = []
    for (const waiter of waiters) {
      if (this.#failure === undefined) waiter.resolve()
      else waiter.reject(this.#failure.error)
    }
  }
}
