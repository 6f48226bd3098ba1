import { PipelineError } from '../domain/pipeline-error.ts'
import type { Stream } from '../domain/source-position.ts'
import type { Health } from '../telemetry/health.ts'
import type { Logger } from '../telemetry/logger.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import { type IngestResult, resultOf } from './ingest-reply.ts'
import type { RecordBatch, SourceRecord } from './log-source.ts'
import type { Prepared } from './prepare-batch.ts'
import type { RememberedRequest, RequestLog } from './request-log.ts'
import { backOffMs, pauseFor, retry } from './retry.ts'
import type { HttpSettings } from './settings.ts'

/** What HTTP ingest asks of the pipeline. */
interface RequestPipeline {
  assigned(stream: Stream, options: { readonly flushMs: number }): Promise<number>
  prepare(batch: RecordBatch): Promise<Prepared>
  commit(prepared: Prepared, recordCount: number): Promise<void>
  settled(stream: Stream): number | undefined
}

export interface HttpStreamDeps {
  readonly pipeline: RequestPipeline
  readonly requests: RequestLog
  readonly settings: HttpSettings
  readonly metrics: Pick<Metrics, 'queues'>
  readonly health: Health
  readonly log: Logger
  readonly clock: () => number
}

/** From one opening of the stream to its failure: offsets are given out in order and never twice. */
interface Session {
  readonly controller: AbortController
  /** Last stored offset when the stream was opened. */
  readonly openWatermark: number
  nextOffset: number
  /** Resolves when all requests before have been committed, or never will be. */
  turn: Promise<void>
}

const DEPENDENCY = 'http ingest'
/** Longest wait between attempts to open the stream or to write a request down, ms. */
const DELAY_MS_MAX = 10_000

/**
 * Requests as a stream of records: each takes a range of offsets and goes into one insert, in the
 * order of the offsets. A request with a key is written down before its events are stored; whether
 * they were, the stream's watermark tells after a crash.
 */
export class HttpStream {
  readonly stream: Stream
  readonly #deps: HttpStreamDeps
  readonly #stopping = new AbortController()
  #session: Session | undefined

  constructor(deps: HttpStreamDeps) {
    this.#deps = deps
    this.stream = { source: `http.${deps.settings.instance}`, partition: 0 }
  }

  get isOpen(): boolean {
    return this.#session !== undefined
  }

  /** Opens the stream; tries again, slower and slower, until it works or is stopped. */
  async open(): Promise<void> {
    const { health, log } = this.#deps
    const { signal } = this.#stopping
    for (let attempt = 0; !signal.aborted; attempt++) {
      try {
        this.#session = await this.#newSession()
        health.set(DEPENDENCY, true, 'open')
        return
      } catch (error) {
        health.set(DEPENDENCY, false, 'the stream could not be opened')
        log.warn({ ...this.stream, err: error, attempt }, 'HTTP ingest not open, trying again.')
        await pauseFor(backOffMs(attempt, DELAY_MS_MAX, Math.random()), signal)
      }
    }
  }

  stop() {
    this.#stopping.abort()
    this.#session?.controller.abort()
    this.#session = undefined
  }

  /** Whether a remembered request's events are in the store. */
  isStored({ lastOffset }: RememberedRequest): boolean {
    const settled = this.#deps.pipeline.settled(this.stream) ?? -1
    const stored = Math.max(this.#session?.openWatermark ?? -1, settled)
    return lastOffset >= 0 && lastOffset <= stored
  }

  /**
   * Stores one request's records. Resolves when they are stored.
   *
   * @throws PipelineError when they are not, or when nobody knows yet
   */
  async take(
    records: readonly SourceRecord[],
    receivedMs: number,
    identity: Pick<RememberedRequest, 'key' | 'bodyHash'> | undefined,
  ): Promise<IngestResult> {
    const session = this.#session
    if (session === undefined)
      throw new PipelineError('store_unavailable', 'the stream is not open')
    const previous = session.turn
    let isCommitted: () => void = () => undefined
    const committed = new Promise<void>(resolve => {
      isCommitted = resolve
    })
    session.turn = previous.then(() => committed)
    const firstOffset = session.nextOffset
    session.nextOffset += records.length
    let stored: Promise<void>
    let result: IngestResult
    try {
      const prepared = await this.#prepare(records, firstOffset, receivedMs)
      const indexes = records.map(({ offset }) => offset)
      result = resultOf(prepared, indexes, this.#deps.settings.errorsMax)
      if (identity !== undefined)
        await this.#writeDown(session, prepared, { ...identity, ...result })
      await previous
      stored = this.#commit(session, prepared, records.length)
    } finally {
      isCommitted()
    }
    try {
      await stored
    } catch (error) {
      this.#fail(session, error)
      throw error
    }
    return result
  }

  #prepare(records: readonly SourceRecord[], firstOffset: number, receivedMs: number) {
    return this.#deps.pipeline.prepare({
      ...this.stream,
      receivedMs,
      records: records.map(({ content }, at) => ({ offset: firstOffset + at, content })),
    })
  }

  /** Not given up while the store is away: a later request must not overtake one that may be known. */
  async #writeDown(
    session: Session,
    { firstOffset, lastOffset, events }: Prepared,
    request: Pick<RememberedRequest, 'key' | 'bodyHash' | keyof IngestResult>,
  ) {
    const { requests, clock, log } = this.#deps
    const remembered: RememberedRequest = {
      ...request,
      source: this.stream.source,
      firstOffset,
      // Of the last event, not the last record: only events leave a watermark.
      lastOffset: events.at(-1)?.offset ?? lastOffset,
      atMs: clock(),
    }
    await retry(() => requests.put(remembered), {
      signal: session.controller.signal,
      delayMsMax: DELAY_MS_MAX,
      attemptsMax: 1,
      onFailure: (error, attempt) =>
        log.warn(
          { ...this.stream, err: error, attempt },
          'Request not written down, trying again.',
        ),
    })
  }

  #commit(session: Session, prepared: Prepared, recordCount: number): Promise<void> {
    if (this.#session !== session) {
      throw new PipelineError('store_unavailable', 'the stream was opened anew')
    }
    try {
      return this.#deps.pipeline.commit(prepared, recordCount)
    } catch (error) {
      this.#fail(session, error)
      throw error
    }
  }

  #fail(session: Session, error: unknown) {
    if (this.#session !== session) return
    this.#session = undefined
    session.controller.abort()
    if (this.#stopping.signal.aborted) return
    const { health, log, settings } = this.#deps
    if (error instanceof PipelineError && error.code === 'store_fenced') {
      health.set(DEPENDENCY, false, 'another process has the same ingest.http.instance')
      log.error({ ...this.stream, instance: settings.instance }, 'HTTP ingest lost its stream.')
      return
    }
    health.set(DEPENDENCY, false, 'the stream failed and is opened again')
    void this.open()
  }

  async #newSession(): Promise<Session> {
    const { pipeline, requests, settings } = this.#deps
    const { source } = this.stream
    const nextOffset = await pipeline.assigned(this.stream, { flushMs: settings.flushMs })
    const openWatermark = nextOffset - 1
    const lastOffset = await requests.lastOffset(source)
    // Written down and never stored: later offsets will pass them, so they must not look stored then.
    for (const request of await requests.above(source, openWatermark)) {
      await requests.put({ ...request, firstOffset: -1, lastOffset: -1 })
    }
    return {
      controller: new AbortController(),
      openWatermark,
      nextOffset: Math.max(openWatermark, lastOffset) + 1,
      turn: Promise.resolve(),
    }
  }
}
