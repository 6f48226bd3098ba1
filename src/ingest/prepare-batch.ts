import { setImmediate } from 'node:timers/promises'
import type { AccessEvent } from '../domain/access-event.ts'
import type { DeadLetter, Reject } from '../domain/reject.ts'
import type { Stream } from '../domain/source-position.ts'
import type { RecordBatch, RefusedContent, SourceRecord } from './log-source.ts'

/** What ingestion asks of `normalize/`. Never throws; one record may give several events. */
export interface RecordNormalizer {
  normalize(record: RawRecord, sink: RecordSink): void
}

interface RawRecord extends Stream {
  readonly offset: number
  readonly receivedMs: number
  readonly content: Buffer
}

export interface RecordSink {
  event(event: AccessEvent): void
  reject(reject: Reject): void
}

/** Records after which the event loop gets a turn: some 10 ms of normalizing. */
export const RECORDS_PER_TURN = 1_000

/** A whole batch, normalized and neither scored nor buffered yet. */
export interface Prepared extends Stream {
  readonly firstOffset: number
  readonly lastOffset: number
  readonly events: readonly AccessEvent[]
  readonly letters: readonly DeadLetter[]
  readonly bytes: number
}

/** Lets timers and sockets have a turn amid long work. */
export const yieldTurn = () => setImmediate()

export const bytesOf = ({ content }: SourceRecord) =>
  'refused' in content ? content.bytes : content.length

/** Kafka's own bound on a producer's clock since 4.0, ms: a time beyond it is not believed. */
const AHEAD_MS_MAX = 3_600_000

/** Normalizes one record into the sink; a record that its source refused is a reject as it stands. */
export function normalizeRecord(
  normalizer: RecordNormalizer,
  { source, partition, receivedMs }: RecordBatch,
  { offset, content, appendedMs = receivedMs }: SourceRecord,
  sink: RecordSink,
) {
  if ('refused' in content) sink.reject(refusal({ source, partition }, offset, content))
  else {
    const isBelieved = appendedMs <= receivedMs + AHEAD_MS_MAX
    const arrivedMs = isBelieved ? appendedMs : receivedMs
    normalizer.normalize({ source, partition, offset, receivedMs: arrivedMs, content }, sink)
  }
}

const refusal = (stream: Stream, offset: number, { refused, bytes }: RefusedContent): Reject => ({
  ...stream,
  offset,
  index: 0,
  reason: refused,
  format: undefined,
  field: undefined,
  keys: [],
  bytes,
})

/** Normalizes a batch that must be stored as a whole or not at all. */
export async function prepareBatch(
  normalizer: RecordNormalizer,
  batch: RecordBatch,
): Promise<Prepared> {
  const events: AccessEvent[] = []
  const letters: DeadLetter[] = []
  let bytes = 0
  const sink: RecordSink = {
    event: event => events.push(event),
    reject: reject => letters.push({ ...reject, receivedMs: batch.receivedMs }),
  }
  for (const [at, record] of batch.records.entries()) {
    if (at % RECORDS_PER_TURN === RECORDS_PER_TURN - 1) await yieldTurn()
    normalizeRecord(normalizer, batch, record, sink)
    bytes += bytesOf(record)
  }
  return {
    source: batch.source,
    partition: batch.partition,
    firstOffset: batch.records.at(0)?.offset ?? -1,
    lastOffset: batch.records.at(-1)?.offset ?? -1,
    events,
    letters,
    bytes,
  }
}
