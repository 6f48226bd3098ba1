import type { AccessEvent } from '../../domain/access-event.ts'
import { PipelineError } from '../../domain/pipeline-error.ts'
import type { DeadLetter } from '../../domain/reject.ts'
import type { Health } from '../../telemetry/health.ts'
import type { Logger } from '../../telemetry/logger.ts'
import type { Metrics } from '../../telemetry/metrics.ts'
import { type Deferred, deferred } from '../deferred.ts'
import { retry } from '../retry.ts'
import {
  addEvent,
  emptyRelayBatch,
  type RelayBatch,
  type RelayedStream,
  type RelayMessage,
  requestsOf,
} from './relay-batch.ts'
import type { RelaySettings } from './settings.ts'

/** Where the events go; `event-producer.ts` has the one that writes to Kafka. */
export interface EventSender {
  /**
   * Resolves when all of it is acknowledged. What failed may be there in part, and is sent again as a whole.
   *
   * @throws Error of the client
   */
  send(request: ReadonlyMap<number, readonly RelayMessage[]>): Promise<void>
  close(): Promise<void>
}

export interface RelayWriterDeps {
  readonly sender: EventSender
  readonly deadLetters: { append(letters: readonly DeadLetter[]): Promise<void> }
  readonly settings: RelaySettings
  readonly metrics: Metrics
  readonly health: Health
  readonly log: Logger
}

const DEPENDENCY = 'internal topic'
/** Longest wait between attempts, ms. */
const SEND_DELAY_MS_MAX = 5_000
/** Attempts when the store refuses a dead letter: it must not stop the streams for ever. */
const REFUSED_ATTEMPTS_MAX = 5

/**
 * Sends the events of all streams to the internal topic, one request in flight while the next batch fills.
 * A request that fails is sent again, the same, until it works: so each partition gets the events of a
 * stream in order and without a gap, perhaps some of them twice.
 */
export class RelayWriter {
  readonly #deps: RelayWriterDeps
  readonly #closing = new AbortController()
  #open = emptyRelayBatch()
  #sending: RelayBatch | undefined
  #running: Promise<void> | undefined
  #timer: NodeJS.Timeout | undefined
  #isDue = false
  readonly #roomWaiters: Deferred[] = []

  constructor(deps: RelayWriterDeps) {
    this.#deps = deps
  }

  /** Hot path. `touch` must follow in the same turn. */
  event(event: AccessEvent) {
    addEvent(this.#open, event, this.#deps.settings.partitions)
  }

  letter(letter: DeadLetter) {
    this.#open.letters.push(letter)
  }

  /** All of the stream's records up to this offset have been added. */
  touch(stream: RelayedStream, offset: number) {
    this.#open.ends.set(stream, offset)
    if (this.#isFull()) this.#kick()
    else this.#startTimer()
  }

  /** Undefined while there is room; else resolves when a batch has been acknowledged. */
  room(): Promise<void> | undefined {
    if (this.#running === undefined || !this.#isFull()) return undefined
    const waiter = deferred()
    this.#roomWaiters.push(waiter)
    return waiter.promise
  }

  /** Resolves when all that has been added so far is acknowledged; rejects when the writer is closed. */
  async flush(): Promise<void> {
    const batch = this.#open.ends.size === 0 ? this.#sending : this.#open
    if (batch === undefined) return
    this.#isDue ||= batch === this.#open
    this.#kick()
    await batch.settled.promise
  }

  /** Gives up what is not acknowledged: it is read again. */
  async close(): Promise<void> {
    const closed = new PipelineError('source_unavailable', 'the relay is closed')
    this.#closing.abort(closed)
    clearTimeout(this.#timer)
    this.#open.settled.reject(closed)
    this.#sending?.settled.reject(closed)
    this.#wakeRoomWaiters(closed)
    await this.#deps.sender.close()
  }

  #isFull(): boolean {
    const { events, letters, bytes } = this.#open
    const { batchEventsMax, batchBytesMax } = this.#deps.settings
    return events + letters.length >= batchEventsMax || bytes >= batchBytesMax
  }

  #startTimer() {
    this.#timer ??= setTimeout(() => {
      this.#isDue = true
      this.#kick()
    }, this.#deps.settings.flushMs)
  }

  #hasWork(): boolean {
    return !this.#closing.signal.aborted && (this.#isDue || this.#isFull())
  }

  #kick() {
    if (this.#running === undefined && this.#hasWork()) this.#running = this.#run()
  }

  async #run() {
    while (this.#hasWork()) {
      const batch = this.#open
      this.#open = emptyRelayBatch()
      this.#sending = batch
      this.#isDue = false
      clearTimeout(this.#timer)
      this.#timer = undefined
      this.#wakeRoomWaiters()
      try {
        await this.#deliver(batch)
      } catch (error) {
        batch.settled.reject(error) // only when closing
      }
      this.#sending = undefined
    }
    this.#running = undefined
    this.#wakeRoomWaiters()
  }

  async #deliver(batch: RelayBatch) {
    const { metrics, settings, sender } = this.#deps
    const startMs = performance.now()
    metrics.relayBufferedEvents.set(batch.events)
    for (const request of requestsOf(batch, settings.requestPartitionBytesMax)) {
      await this.#untilDone(() => sender.send(request))
    }
    metrics.relaySeconds.observe((performance.now() - startMs) / 1_000)
    metrics.eventsRelayed.inc(batch.events)
    if (batch.letters.length > 0) await this.#storeLetters(batch.letters)
    for (const [stream, offset] of batch.ends) stream.settledOffset = offset
    batch.settled.resolve()
    metrics.relayBufferedEvents.set(this.#open.events)
  }

  async #untilDone(send: () => Promise<void>) {
    const { metrics, health, log } = this.#deps
    await retry(send, {
      signal: this.#closing.signal,
      delayMsMax: SEND_DELAY_MS_MAX,
      attemptsMax: Number.POSITIVE_INFINITY,
      onFailure(error, attempt) {
        const message = error instanceof Error ? error.message.slice(0, 200) : 'unknown error'
        metrics.relayFailures.inc()
        health.set(DEPENDENCY, false, message)
        log.warn({ err: error, attempt }, 'Events not relayed, trying again.')
      },
    })
    health.set(DEPENDENCY, true, 'takes events')
  }

  /** What the store refuses for good is told and let go. */
  async #storeLetters(letters: readonly DeadLetter[]) {
    const { health, log, deadLetters } = this.#deps
    const { signal } = this.#closing
    const dependency = 'delivery of dead letters'
    try {
      await retry(() => deadLetters.append(letters), {
        signal,
        delayMsMax: SEND_DELAY_MS_MAX,
        attemptsMax: REFUSED_ATTEMPTS_MAX,
        onFailure(error, attempt) {
          health.set(dependency, false, `attempt ${attempt} failed`)
          log.warn({ err: error, attempt }, 'Dead letters not stored, trying again.')
        },
      })
      health.set(dependency, true, 'delivered')
    } catch (error) {
      if (signal.aborted) throw error
      log.error({ err: error, count: letters.length }, 'Dead letters given up.')
    }
  }

  #wakeRoomWaiters(error?: Error) {
    for (const waiter of this.#roomWaiters.splice(0)) {
      if (error === undefined) waiter.resolve()
      else waiter.reject(error)
    }
  }
}
