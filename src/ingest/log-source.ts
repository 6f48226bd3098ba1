import type { RejectReason } from '../domain/reject.ts'
import type { Stream } from '../domain/source-position.ts'

/** A record that its source already had to refuse, for instance for its length. */
export interface RefusedContent {
  readonly refused: RejectReason
  readonly bytes: number
}

/** One record as its source delivered it. */
export interface SourceRecord {
  readonly offset: number
  readonly content: Buffer | RefusedContent
  /**
   * When the log took it, where the log remembers: the same however often the record is read, as the
   * wall clock is not. The events of a record must not depend on when it is read.
   */
  readonly appendedMs?: number
}

/** Records of one stream by rising offset; gaps are allowed, repetitions after a reassignment too. */
export interface RecordBatch extends Stream {
  readonly records: readonly SourceRecord[]
  readonly receivedMs: number
  /** Records behind these that the source has already; undefined where it cannot tell. */
  readonly waiting?: number
}

/** What a source asks of the pipeline behind it. */
export interface StreamHandler {
  /**
   * The stream is ours from now on. Resolves, when it is ready, to the offset to read next.
   *
   * @throws PipelineError as the store does
   */
  assigned(stream: Stream): Promise<number>
  /**
   * Takes records in. Resolves when they are scored and buffered, not when they are stored; waits
   * while the stream's buffer is full.
   *
   * @throws PipelineError store_fenced when another process owns the stream by now
   */
  batch(batch: RecordBatch): Promise<void>
  /** The stream is no longer ours. Stores what is buffered, as far as the store still lets us. */
  revoked(stream: Stream): Promise<void>
  /** Whether the stream is ours and works: one that failed has to be assigned anew. */
  isOpen(stream: Stream): boolean
  /** Stores what is buffered of the stream, if it is ours. */
  flush(stream: Stream): Promise<void>
  /** Undefined while there is room for more; else resolves when there is. */
  room(stream: Stream): Promise<void> | undefined
  /** Last offset up to which everything is stored and delivered; undefined when there is none yet. */
  settled(stream: Stream): number | undefined
}

/** Where records come from: the seam between the pipeline and a client library. */
export interface LogSource {
  /** Resolves when the source has begun to work; connecting may take longer, without end. */
  start(handler: StreamHandler): Promise<void>
  /** Reads no more, but keeps its streams. */
  pause(): void
  resume(): void
  /** Reads no more, gives its streams back to the handler, so that they are stored, and leaves. */
  stop(): Promise<void>
}

/** Key of a stream in maps and logs. */
export const streamKey = ({ source, partition }: Stream) => `${source}/${partition}`
