import type { AccessEvent } from '../domain/access-event.ts'
import type { DeadLetter } from '../domain/reject.ts'
import type { SourcePosition, Stream } from '../domain/source-position.ts'
import type { BaselineSnapshot, ScorerSnapshot } from '../domain/token-baseline.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import type { RecordBatch } from './log-source.ts'
import {
  bytesOf,
  normalizeRecord,
  type Prepared,
  RECORDS_PER_TURN,
  type RecordNormalizer,
  type RecordSink,
  yieldTurn,
} from './prepare-batch.ts'
import { SeenOrigins } from './seen-origins.ts'
import type { StreamWriter } from './stream-writer.ts'

/** What the pipeline asks of a stream's scorer. */
export interface StreamScorer {
  observe(event: AccessEvent): void
  snapshot(options?: { all?: boolean }): ScorerSnapshot
  restore(snapshot: ScorerSnapshot): void
}

/** Whoever sees all events besides the scorer: in order, on the hot path. */
export interface EventObserver {
  /** @param isReplayed - the event is scored again after the stream was opened; perhaps it is known */
  observe(event: AccessEvent, isReplayed?: boolean): void
}

export interface ActiveStreamDeps {
  readonly stream: Stream
  readonly writer: StreamWriter
  /** Last offset that the scorer has seen of this stream, -1 for none. */
  readonly scoredOffset: number
  readonly snapshotOffset: number
  /** Highest position of each origin of relayed events that is stored. */
  readonly origins: readonly SourcePosition[]
  readonly normalizer: RecordNormalizer
  readonly scorer: StreamScorer
  readonly observers: readonly EventObserver[]
  saveSnapshot(snapshot: BaselineSnapshot): Promise<void>
  readonly metrics: Metrics
}

/** A stream that is ours and caught up: its records are normalized, scored and buffered in order. */
export class ActiveStream {
  readonly stream: Stream
  readonly writer: StreamWriter
  readonly #deps: ActiveStreamDeps
  readonly #labels: { readonly source: string; readonly partition: string }
  readonly #sink: RecordSink
  readonly #seen: SeenOrigins
  #nextOffset: number
  #lastEventOffset: number
  #lastEventIndex = -1
  #newestTs = 0
  #receivedMs = 0
  #snapshotOffset: number
  #isSnapshotLost = false
  #snapshotting: Promise<void> | undefined

  constructor(deps: ActiveStreamDeps) {
    const { stream } = deps
    this.stream = stream
    this.writer = deps.writer
    this.#deps = deps
    this.#labels = { source: stream.source, partition: String(stream.partition) }
    this.#nextOffset = deps.scoredOffset + 1
    this.#lastEventOffset = deps.scoredOffset
    this.#snapshotOffset = deps.snapshotOffset
    this.#seen = new SeenOrigins(deps.origins)
    this.#sink = {
      event: event => this.#take(event),
      reject: reject => this.#reject({ ...reject, receivedMs: this.#receivedMs }),
    }
  }

  /** Offset of the next record to come in. */
  get nextOffset(): number {
    return this.#nextOffset
  }

  /** Takes records as they come; inserts are cut between records wherever they are full. */
  async batch(batch: RecordBatch): Promise<void> {
    const { normalizer } = this.#deps
    this.writer.expect(batch.waiting ?? 0)
    for (const [at, record] of batch.records.entries()) {
      if (at % RECORDS_PER_TURN === RECORDS_PER_TURN - 1) await yieldTurn()
      const room = this.writer.room()
      if (room !== undefined) await room
      // Delivered again after a reassignment, perhaps while an earlier call still waited for room.
      if (record.offset < this.#nextOffset) continue
      this.#receivedMs = batch.receivedMs
      normalizeRecord(normalizer, batch, record, this.#sink)
      this.#nextOffset = record.offset + 1
      this.writer.touch(record.offset, bytesOf(record))
    }
    this.#measure(batch.records.length, batch.receivedMs)
  }

  /** Takes a whole batch into one insert, within one turn. Resolves when it is stored. */
  commit(prepared: Prepared, recordCount: number, nowMs: number): Promise<void> {
    if (prepared.firstOffset < this.#nextOffset) {
      throw new RangeError('offsets of a stream only rise')
    }
    this.#nextOffset = prepared.lastOffset + 1
    for (const event of prepared.events) this.#take(event)
    for (const letter of prepared.letters) this.#reject(letter)
    this.#measure(recordCount, nowMs)
    if (prepared.events.length + prepared.letters.length === 0) return Promise.resolve()
    const { stored } = this.writer
    this.writer.touch(prepared.lastOffset, prepared.bytes)
    return stored
  }

  /**
   * Saves the baselines as they are after the last event, once that event is stored and its findings
   * are delivered: a replay from here misses nothing and repeats nothing.
   */
  snapshot(all: boolean): Promise<void> {
    // One that is under way may lack the last events, and after a release there is no next one.
    const before = this.#snapshotting?.catch(() => undefined)
    const snapshotting = before?.then(() => this.#snapshot(all)) ?? this.#snapshot(all)
    this.#snapshotting = snapshotting
    return snapshotting
  }

  async #snapshot(all: boolean) {
    const offset = this.#lastEventOffset
    const isAll = all || this.#isSnapshotLost
    if (offset <= this.#snapshotOffset && !isAll) return
    const snapshot = this.#deps.scorer.snapshot({ all: isAll })
    this.#isSnapshotLost = true // the scorer counts these tokens as saved from here on
    await this.writer.flush()
    const endTimer = this.#deps.metrics.snapshotSeconds.startTimer()
    await this.#deps.saveSnapshot({ ...snapshot, stream: this.stream, offset })
    endTimer()
    this.#deps.metrics.snapshotSaved.setToCurrentTime(this.#labels)
    this.#isSnapshotLost = false
    this.#snapshotOffset = offset
  }

  #take(event: AccessEvent) {
    // Of a record that failed halfway and is tried again.
    if (event.offset === this.#lastEventOffset && event.index <= this.#lastEventIndex) return
    if (event.origin !== undefined && !this.#seen.isNew(event.origin)) {
      this.#deps.metrics.duplicatesDropped.inc(this.#labels)
      return
    }
    this.#deps.scorer.observe(event)
    for (const observer of this.#deps.observers) observer.observe(event)
    this.writer.event(event)
    this.#lastEventOffset = event.offset
    this.#lastEventIndex = event.index
    if (event.ts > this.#newestTs) this.#newestTs = event.ts
  }

  #reject(letter: DeadLetter) {
    this.writer.letter(letter)
    this.#deps.metrics.rejects.inc({ reason: letter.reason })
  }

  #measure(records: number, nowMs: number) {
    const { recordsRead, eventDelaySeconds } = this.#deps.metrics
    recordsRead.inc(this.#labels, records)
    if (this.#newestTs === 0) return
    eventDelaySeconds.set(this.#labels, Math.max(0, nowMs - this.#newestTs) / 1_000)
  }
}
