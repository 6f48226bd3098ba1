import { randomUUID } from 'node:crypto'
import type { AccessEvent } from '../domain/access-event.ts'
import { PipelineError } from '../domain/pipeline-error.ts'
import type { SourcePosition, Stream } from '../domain/source-position.ts'
import { eventColumns } from './event-columns.ts'
import { createNativeEncoder } from './native/native-encoder.ts'
import { readOrigins } from './origins.ts'
import { readWatermark, repairRollups } from './repair-rollups.ts'
import { replayEvents } from './replay-events.ts'
import { pause, retryDelayMs, retryStore } from './retry.ts'
import { ONE_PART, sendNative } from './rows.ts'
import type { Store } from './store.ts'
import { FENCE, type Ownership, streamParameters, takeStream, writeId } from './stream-owner.ts'

/** A larger insert would become several parts, which are not stored as one: see ONE_PART. */
const INSERT_ROWS_MAX = 1_900_000

/** What is told of a stream's inserts, for metrics. */
interface InsertObserver {
  inserted?(stream: Stream, rows: number, seconds: number): void
  failed?(stream: Stream, error: PipelineError): void
}

export interface EventStreamOptions {
  /** Ends retries and requests under way; what was under way may have been stored. */
  readonly signal?: AbortSignal | undefined
  readonly observer?: InsertObserver | undefined
}

/** Events of ascending offsets in the form of the store: a fifth of the memory that the events take. */
interface EncodedEvents {
  readonly rows: number
  readonly firstOffset: number
  readonly lastOffset: number
  readonly block: Buffer
}

/** The one writer of a stream's events: each is stored exactly once, in the log and in every rollup. */
export interface EventStream {
  readonly stream: Stream
  /** Last stored offset, -1 for none. */
  readonly watermark: number
  /**
   * Encodes events of ascending offsets, so that they need not be kept until their batch is stored. Those up
   * to the watermark are there already and are left out. Synchronous, 2 to 3 us an event.
   *
   * @throws RangeError for events of another stream, in another order, or with impossible values
   */
  encode(events: readonly AccessEvent[]): EncodedEvents
  /**
   * Stores encoded events as one insert, in the order given; those up to the watermark are left out. All
   * events of one offset must be in one call. Resolves when events and rollups are stored. Retries as long
   * as trying again can help.
   *
   * @throws PipelineError store_fenced when another process took the stream, store_refused when the server
   *   does not accept the rows; after either the stream is to be opened anew. With `signal`, the last error
   * @throws RangeError for blocks in another order, a block that is stored in part, or too many rows
   */
  append(blocks: readonly EncodedEvents[]): Promise<void>
  /** Stored events above an offset, in the order of (offset, index), in chunks; for the scorer. */
  replay(afterOffset: number): AsyncIterable<readonly AccessEvent[]>
  /** How far each origin of relayed events is stored. */
  origins(): Promise<readonly SourcePosition[]>
  /** Resolves when no insert is under way. */
  close(): Promise<void>
}

/**
 * Takes a stream over, wherever an earlier owner was interrupted: its writes are ended and refused from now
 * on, the watermark is read, rollups that lag behind it are repaired. Retries until it works.
 *
 * @throws PipelineError what trying again cannot help; with `signal`, the last error
 */
export async function openEventStream(
  store: Store,
  stream: Stream,
  options: EventStreamOptions = {},
): Promise<EventStream> {
  const writer = createWriter(store, stream, options)
  const encoder = createNativeEncoder(eventColumns)
  await writer.assign()
  let last: Promise<void> = Promise.resolve()

  const encode = (events: readonly AccessEvent[]): EncodedEvents => {
    requireOrder(stream, events)
    const { watermark } = writer
    const isFresh = ({ offset }: AccessEvent) => offset > watermark
    const fresh = events.every(isFresh) ? events : events.filter(isFresh)
    return {
      rows: fresh.length,
      firstOffset: fresh.at(0)?.offset ?? watermark,
      lastOffset: fresh.at(-1)?.offset ?? watermark,
      block: encoder.encode(fresh),
    }
  }

  const appendAll = async (blocks: readonly EncodedEvents[]) => {
    requireBlockOrder(blocks)
    const fresh = blocks.filter(({ lastOffset }) => lastOffset > writer.watermark)
    const [first] = fresh
    if (first === undefined) return
    if (first.firstOffset <= writer.watermark) throw new RangeError('a block is stored in part')
    const rows = fresh.reduce((sum, block) => sum + block.rows, 0)
    if (rows > INSERT_ROWS_MAX) throw new RangeError(`${rows} rows are too many for one insert`)
    await writer.store({
      rows,
      lastOffset: fresh.at(-1)?.lastOffset ?? -1,
      blocks: fresh.map(({ block }) => block),
    })
  }

  return {
    stream,
    get watermark() {
      return writer.watermark
    },
    encode,
    append(blocks) {
      // One insert in flight per stream; a failed one does not hold the next one up.
      const next = last.then(() => appendAll(blocks))
      last = next.catch(() => undefined)
      return next
    },
    replay: afterOffset => replayEvents(store, stream, afterOffset),
    origins: () => readOrigins(store, stream),
    close: () => last,
  }
}

/** What one insert stores. */
interface Batch {
  readonly rows: number
  readonly lastOffset: number
  readonly blocks: readonly Buffer[]
}

function createWriter(store: Store, stream: Stream, { signal, observer }: EventStreamOptions) {
  let ownership: Ownership | undefined
  /** Owners that this writer has entered, or may have: an answer can be lost. */
  const ours: string[] = []
  let watermark = -1

  const failed = (error: PipelineError, attempt: number) => {
    observer?.failed?.(stream, error)
    if (!error.isRetryable) return
    store.health.set('clickhouse', false, error.message)
    const { source, partition } = stream
    store.log.warn({ source, partition, code: error.code, attempt }, 'Store failed, trying again.')
  }

  /** Steps 1 to 4 of the protocol, until they succeed. */
  const assign = async () => {
    const lagging = await retryStore(
      async () => {
        const next = { stream, owner: randomUUID() }
        const previous = ownership === undefined ? undefined : [...ours]
        ours.push(next.owner)
        await takeStream(store, next, previous)
        ownership = next
        watermark = await readWatermark(store, ownership)
        return repairRollups(store, ownership, watermark)
      },
      { signal, onFailure: failed },
    )
    if (lagging.length > 0) {
      const { source, partition } = stream
      store.log.info({ source, partition, watermark, lagging }, 'Rollups repaired.')
    }
  }

  const insert = async (batch: Batch) => {
    if (ownership === undefined) throw new PipelineError('store_fenced', 'The stream is not ours.')
    await sendNative(store, {
      query: insertQuery,
      queryId: writeId(store, ownership),
      blocks: batch.blocks,
      settings: ONE_PART,
      parameters: {
        ...streamParameters(stream),
        owner: ownership.owner,
        // Of the insert, not of the events: the whole batch is in one partition of the table.
        ingest_date: new Date(store.clock()).toISOString().slice(0, 10),
      },
      signal,
    })
  }

  /** Once, and after an error steps 1 to 4: the watermark then tells whether it has to be sent again. */
  const tryBatch = async (batch: Batch, attempt: number) => {
    try {
      await insert(batch)
      watermark = batch.lastOffset
    } catch (error) {
      if (!(error instanceof PipelineError)) throw error
      failed(error, attempt)
      if (!error.isRetryable) throw error
      await pause(retryDelayMs(attempt), signal)
      if (signal?.aborted === true) throw error
      await assign()
    }
  }

  const storeBatch = async (batch: Batch) => {
    const { lastOffset, rows } = batch
    const before = watermark
    const startMs = performance.now()
    for (let attempt = 1; watermark < lastOffset; attempt++) {
      await tryBatch(batch, attempt)
      requireWhole(watermark, before, lastOffset)
    }
    observer?.inserted?.(stream, rows, (performance.now() - startMs) / 1_000)
    store.health.set('clickhouse', true, 'stores events')
  }

  return {
    get watermark() {
      return watermark
    },
    assign,
    store: storeBatch,
  }
}

const names = eventColumns.map(({ name }) => name).join(', ')
const structure = eventColumns.map(({ name, type }) => `${name} ${type}`).join(', ')
const insertQuery = `
INSERT INTO access_events (${names}, ingest_date)
SELECT ${names}, {ingest_date:Date} AS ingest_date
FROM input('${structure}')
WHERE ${FENCE}
FORMAT Native`

/** A batch is one part: the watermark is before it or at its end. Anything else means lost events. */
function requireWhole(watermark: number, before: number, lastOffset: number): void {
  if (watermark === before || watermark === lastOffset) return
  throw new Error(
    `watermark ${watermark} is neither ${before} nor ${lastOffset}: a batch was stored in part`,
  )
}

function requireOrder(stream: Stream, events: readonly AccessEvent[]): void {
  let offset = -1
  let index = -1
  for (const event of events) {
    if (event.source !== stream.source || event.partition !== stream.partition) {
      throw new RangeError('an event of another stream')
    }
    if (event.offset < offset || (event.offset === offset && event.index <= index)) {
      throw new RangeError('events are not in the order of their offsets')
    }
    ;({ offset, index } = event)
  }
}

function requireBlockOrder(blocks: readonly EncodedEvents[]): void {
  let end = -1
  for (const { firstOffset, lastOffset } of blocks) {
    if (firstOffset < end) throw new RangeError('blocks are not in the order of their offsets')
    end = lastOffset
  }
}
