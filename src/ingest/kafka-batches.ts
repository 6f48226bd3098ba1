import type { EachBatchPayload } from 'kafkajs'
import { PipelineError } from '../domain/pipeline-error.ts'
import type { Logger } from '../telemetry/logger.ts'
import type { Reading, ReadingState } from './kafka-reading.ts'
import { toSourceRecords } from './kafka-records.ts'
import type { KafkaSettings } from './kafka-settings.ts'
import type { SourceRecord, StreamHandler } from './log-source.ts'
import { backOffMs, pauseFor } from './retry.ts'

export interface BatchDeps {
  readonly state: ReadingState
  readonly handler: StreamHandler
  readonly settings: KafkaSettings
  readonly log: Logger
  readonly clock: () => number
  /** The consumer ends: nothing is waited for any more. */
  readonly ending: AbortSignal
}

/** The handler has them, the stream is lost to us, or they could not be processed. */
type Outcome = 'taken' | 'lost' | { readonly error: unknown }

/** Records handed over at a time, between two signs of life. */
const CHUNK_RECORDS = 1_000
/** Longest wait before a record that failed is tried again, ms. */
const RETRY_MS_MAX = 2_000

/**
 * Hands fetched batches to the handler, with signs of life to the group meanwhile. What belongs to an
 * earlier generation of the group changes nothing. Records that fail are tried one by one, and one that
 * fails on and on is handed over as refused: a dead letter at its position, and the others go on.
 */
export class KafkaBatches {
  readonly #deps: BatchDeps

  constructor(deps: BatchDeps) {
    this.#deps = deps
  }

  /** @throws KafkaJSError when the group rebalances; what the handler throws even of a refused record */
  async take(payload: EachBatchPayload): Promise<void> {
    const { batch } = payload
    const reading = this.#deps.state.reading({ source: batch.topic, partition: batch.partition })
    if (reading === undefined) return
    const end = Math.max(reading.extent.end, Number(batch.highWatermark))
    reading.extent = { ...reading.extent, end }
    const records = toSourceRecords(batch.messages)
    for (let at = 0; at < records.length; at += CHUNK_RECORDS) {
      const chunk = records.slice(at, at + CHUNK_RECORDS)
      if (!(await this.#handOver(payload, reading, chunk))) return
    }
  }

  /** False when the rest of the batch is not for us, or not for now. */
  async #handOver(
    payload: EachBatchPayload,
    reading: Reading,
    chunk: readonly SourceRecord[],
  ): Promise<boolean> {
    if (!this.#mayGoOn(payload, reading)) return false
    const outcome = await this.#tended(payload, reading, chunk)
    if (outcome === 'lost') return false
    if (outcome === 'taken') return this.#advance(payload, reading, chunk)
    const { stream } = reading
    this.#deps.log.warn({ ...stream, err: outcome.error }, 'Records failed, trying one by one.')
    for (const record of chunk) {
      if (!this.#mayGoOn(payload, reading)) return false
      if (!(await this.#handOverAlone(payload, reading, record))) return false
    }
    return true
  }

  async #handOverAlone(
    payload: EachBatchPayload,
    reading: Reading,
    record: SourceRecord,
  ): Promise<boolean> {
    const { settings, log, ending } = this.#deps
    for (let tries = 1; ; tries++) {
      const outcome = await this.#tended(payload, reading, [record])
      if (outcome === 'lost') return false
      if (outcome === 'taken') return this.#advance(payload, reading, [record])
      if (tries >= settings.recordTries) {
        const { offset } = record
        const { error } = outcome
        log.error({ ...reading.stream, offset, tries, err: error }, 'Record set aside.')
        break
      }
      await pauseFor(backOffMs(tries, RETRY_MS_MAX, Math.random()), ending)
      await payload.heartbeat()
      if (!this.#mayGoOn(payload, reading)) return false
    }
    const refused = refuse(record)
    const outcome = await this.#tended(payload, reading, [refused])
    if (typeof outcome === 'object') throw outcome.error
    return outcome === 'taken' && this.#advance(payload, reading, [refused])
  }

  async #advance(
    { batch, resolveOffset, heartbeat }: EachBatchPayload,
    reading: Reading,
    records: readonly SourceRecord[],
  ): Promise<boolean> {
    if (this.#deps.state.reading(reading.stream) !== reading) return false
    const offset = records.at(-1)?.offset ?? reading.handed
    const isLast = String(offset) === batch.messages.at(-1)?.offset
    reading.handed = offset
    // Markers of transactions may follow, which kafkajs leaves out.
    reading.next = (isLast ? Number(batch.lastOffset()) : offset) + 1
    reading.movedMs = this.#deps.clock()
    resolveOffset(String(offset))
    await heartbeat()
    return true
  }

  #mayGoOn({ isRunning, isStale }: EachBatchPayload, reading: Reading): boolean {
    const { state } = this.#deps
    const isOurs = state.reading(reading.stream) === reading
    if (!isOurs || state.isPaused() || !isRunning() || isStale()) return false
    return !this.#isFull(reading)
  }

  /** Stops reading a partition whose buffer is full until there is room: others go on meanwhile. */
  #isFull(reading: Reading): boolean {
    const { handler, state } = this.#deps
    const { stream } = reading
    const isOpen = handler.isOpen(stream)
    const room = isOpen ? handler.room(stream) : undefined
    if (isOpen && room === undefined) return false
    reading.isWaiting = true
    state.pauseReading(stream) // the session sees to a stream that is not open
    const goOn = () => {
      reading.isWaiting = false
      if (state.reading(stream) === reading && !state.isPaused()) state.resumeReading(stream)
    }
    room?.then(goOn, goOn)
    return true
  }

  /** Waits for the handler, with signs of life to the group. */
  async #tended(
    { heartbeat }: EachBatchPayload,
    reading: Reading,
    records: readonly SourceRecord[],
  ): Promise<Outcome> {
    const { handler, settings, ending, clock } = this.#deps
    const { stream, extent } = reading
    const waiting = extent.end - 1 - (records.at(-1)?.offset ?? 0)
    reading.isBusy = true
    const done = handler.batch({ ...stream, receivedMs: clock(), waiting, records }).then(
      () => 'taken' as const,
      (error: unknown) => this.#judge(reading, error),
    )
    try {
      for (;;) {
        const beat = new AbortController()
        const pause = pauseFor(settings.heartbeatMs, beat.signal, ending)
        const outcome = await Promise.race([done, pause])
        beat.abort()
        if (outcome !== undefined) return outcome
        if (ending.aborted) return 'lost'
        await heartbeat()
      }
    } finally {
      reading.isBusy = false
    }
  }

  #judge({ stream }: Reading, error: unknown): Outcome {
    if (!(error instanceof PipelineError)) return { error }
    this.#deps.log.info({ ...stream, code: error.code }, 'Stream no longer takes records.')
    return 'lost'
  }
}

function refuse(record: SourceRecord): SourceRecord {
  const { content } = record
  if ('refused' in content) return record
  return { ...record, content: { refused: 'unprocessable', bytes: content.length } }
}
