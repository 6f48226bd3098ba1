import { PipelineError } from '../../domain/pipeline-error.ts'
import type { Stream } from '../../domain/source-position.ts'
import { type RecordBatch, type StreamHandler, streamKey } from '../log-source.ts'
import {
  normalizeRecord,
  RECORDS_PER_TURN,
  type RecordNormalizer,
  type RecordSink,
  yieldTurn,
} from '../prepare-batch.ts'
import type { RelayedStream } from './relay-batch.ts'
import { RelayWriter, type RelayWriterDeps } from './relay-writer.ts'

export interface RelayDeps extends RelayWriterDeps {
  readonly normalizer: RecordNormalizer
  /** The offset to read next of a stream: see `relayStart`. */
  nextOffset(stream: Stream): Promise<number>
}

interface Held extends RelayedStream {
  nextOffset: number
  isOpen: boolean
}

/**
 * The first hop: normalizes the records of the gateways' topics and sends their events to the internal one.
 * What is acknowledged there is settled, and is committed: here the commits decide where to go on.
 */
export class Relay implements StreamHandler {
  readonly #deps: RelayDeps
  readonly #writer: RelayWriter
  /** Also those that were let go: what they have settled is still to be committed. */
  readonly #held = new Map<string, Held>()
  readonly #sink: RecordSink
  #receivedMs = 0

  constructor(deps: RelayDeps) {
    this.#deps = deps
    this.#writer = new RelayWriter(deps)
    this.#sink = {
      event: event => this.#writer.event(event),
      reject: reject => {
        this.#writer.letter({ ...reject, receivedMs: this.#receivedMs })
        deps.metrics.rejects.inc({ reason: reject.reason })
      },
    }
  }

  async assigned(stream: Stream): Promise<number> {
    const nextOffset = await this.#deps.nextOffset(stream)
    const key = streamKey(stream)
    const before = this.#held.get(key)
    if (before !== undefined) before.isOpen = false // of a session that was lost, and may still hand over
    // Settled from the start: where a stream begins is committed, and does not depend on what comes later.
    this.#held.set(key, { nextOffset, settledOffset: nextOffset - 1, isOpen: true })
    return nextOffset
  }

  async batch(batch: RecordBatch): Promise<void> {
    const held = this.#held.get(streamKey(batch))
    for (const [at, record] of batch.records.entries()) {
      if (at % RECORDS_PER_TURN === RECORDS_PER_TURN - 1) await yieldTurn()
      const room = this.#writer.room()
      if (room !== undefined) await room
      if (held?.isOpen !== true) {
        throw new PipelineError('store_fenced', `${streamKey(batch)} is not assigned`)
      }
      if (record.offset < held.nextOffset) continue
      this.#receivedMs = batch.receivedMs
      normalizeRecord(this.#deps.normalizer, batch, record, this.#sink)
      held.nextOffset = record.offset + 1
      this.#writer.touch(held, record.offset)
    }
    const labels = { source: batch.source, partition: String(batch.partition) }
    this.#deps.metrics.recordsRead.inc(labels, batch.records.length)
  }

  /** Never rejects: what is not acknowledged is read again by whoever has the stream next. */
  async revoked(stream: Stream): Promise<void> {
    const held = this.#held.get(streamKey(stream))
    if (held === undefined) return
    held.isOpen = false
    await this.#writer.flush().catch(() => undefined)
  }

  isOpen(stream: Stream): boolean {
    return this.#held.get(streamKey(stream))?.isOpen === true
  }

  /** All streams share one writer. */
  flush(): Promise<void> {
    return this.#writer.flush()
  }

  room(): Promise<void> | undefined {
    return this.#writer.room()
  }

  settled(stream: Stream): number | undefined {
    const offset = this.#held.get(streamKey(stream))?.settledOffset ?? -1
    return offset < 0 ? undefined : offset
  }

  /** Call it when the source has stopped. */
  close(): Promise<void> {
    return this.#writer.close()
  }
}
