import type { Finding } from '../domain/finding.ts'
import { PipelineError } from '../domain/pipeline-error.ts'
import type { Stream } from '../domain/source-position.ts'
import type { BaselineSnapshot } from '../domain/token-baseline.ts'
import type { Health } from '../telemetry/health.ts'
import type { Logger } from '../telemetry/logger.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import { ActiveStream, type EventObserver, type StreamScorer } from './active-stream.ts'
import { guardObserver } from './guarded-observer.ts'
import { type RecordBatch, type StreamHandler, streamKey } from './log-source.ts'
import { type OpenStreamDeps, openStream } from './open-stream.ts'
import { type Prepared, prepareBatch, type RecordNormalizer } from './prepare-batch.ts'
import { pauseFor } from './retry.ts'
import { type SharedLimits, shareLimits } from './share-limits.ts'
import { type BatchSinks, type EventStream, StreamWriter } from './stream-writer.ts'

export interface PipelineDeps<Scorer extends StreamScorer = StreamScorer> extends BatchSinks {
  readonly normalizer: RecordNormalizer
  /** Each stream has its own: what it learns depends on the stream's events alone, wherever it is read. */
  createScorer(onFinding: (finding: Finding) => void): Scorer
  readonly observers: readonly EventObserver[]
  openEventStream(stream: Stream, options: { signal: AbortSignal }): Promise<EventStream>
  readonly loadSnapshot: OpenStreamDeps['loadSnapshot']
  saveSnapshot(snapshot: BaselineSnapshot): Promise<void>
  readonly limits: SharedLimits
  readonly metrics: Metrics
  readonly health: Health
  readonly log: Logger
  readonly clock: () => number
}

/** Where one stream stands. */
export interface StreamStatus extends Stream {
  readonly isOpen: boolean
  /** Offset of the next record to come in, -1 while the stream opens. */
  readonly nextOffset: number
  /** Everything up to here is stored and delivered, -1 for nothing. */
  readonly settledOffset: number
  readonly bufferedEvents: number
  /** Of the source records of these events. */
  readonly bufferedBytes: number
}

/** The way of all records: normalize, score, store, deliver; one insert in flight per stream. */
export interface StreamPipeline<Scorer extends StreamScorer = StreamScorer> extends StreamHandler {
  assigned(stream: Stream, options?: { readonly flushMs?: number }): Promise<number>
  /** Normalizes a batch that must be stored as a whole. */
  prepare(batch: RecordBatch): Promise<Prepared>
  /**
   * Scores and buffers it, synchronously; resolves when it is stored. Offsets must rise from commit
   * to commit.
   */
  commit(prepared: Prepared, recordCount: number): Promise<void>
  /** Saves the baselines that changed, or all, of every stream. */
  snapshot(options?: { readonly all?: boolean }): Promise<void>
  streams(): readonly StreamStatus[]
  /** Of the streams that are open. */
  scorers(): readonly (readonly [Stream, Scorer])[]
  /** Stores, delivers and snapshots what is there; gives up what is not done by then. */
  stop(deadlineMs: number): Promise<void>
}

interface Entry<Scorer> {
  readonly stream: Stream
  readonly controller: AbortController
  readonly opening: Promise<ActiveStream>
  /** The newest: each attempt to open the stream has one of its own. */
  scorer: Scorer | undefined
  active: ActiveStream | undefined
  eventStream: EventStream | undefined
  releasing: Promise<void> | undefined
  /** Raised while the stream replays. */
  findings: Finding[]
}

export function createStreamPipeline<Scorer extends StreamScorer>(
  deps: PipelineDeps<Scorer>,
): StreamPipeline<Scorer> {
  return new Pipeline(deps)
}

class Pipeline<Scorer extends StreamScorer> implements StreamPipeline<Scorer> {
  readonly #deps: PipelineDeps<Scorer>
  readonly #entries = new Map<string, Entry<Scorer>>()

  constructor(deps: PipelineDeps<Scorer>) {
    this.#deps = {
      ...deps,
      observers: deps.observers.map(observer => guardObserver(observer, 'event observers', deps)),
    }
  }

  async assigned(stream: Stream, options: { readonly flushMs?: number } = {}): Promise<number> {
    const key = streamKey(stream)
    await this.#entries.get(key)?.releasing
    let entry = this.#entries.get(key)
    if (entry === undefined) {
      entry = this.#open(stream, options.flushMs ?? this.#deps.limits.flushMs)
      this.#entries.set(key, entry)
    }
    return (await entry.opening).nextOffset
  }

  async batch(batch: RecordBatch): Promise<void> {
    await this.#active(batch).batch(batch)
  }

  prepare(batch: RecordBatch): Promise<Prepared> {
    return prepareBatch(this.#deps.normalizer, batch)
  }

  commit(prepared: Prepared, recordCount: number): Promise<void> {
    return this.#active(prepared).commit(prepared, recordCount, this.#deps.clock())
  }

  room(stream: Stream): Promise<void> | undefined {
    return this.#active(stream).writer.room()
  }

  settled(stream: Stream): number | undefined {
    const offset = this.#entries.get(streamKey(stream))?.active?.writer.settledOffset ?? -1
    return offset < 0 ? undefined : offset
  }

  isOpen(stream: Stream): boolean {
    const entry = this.#entries.get(streamKey(stream))
    return entry?.active !== undefined && entry.releasing === undefined
  }

  async flush(stream: Stream): Promise<void> {
    await this.#entries.get(streamKey(stream))?.active?.writer.flush()
  }

  async revoked(stream: Stream): Promise<void> {
    const entry = this.#entries.get(streamKey(stream))
    if (entry !== undefined) await this.#release(entry)
  }

  async snapshot({ all = false }: { readonly all?: boolean } = {}): Promise<void> {
    const active = [...this.#entries.values()].flatMap(entry => entry.active ?? [])
    const results = await Promise.allSettled(active.map(stream => stream.snapshot(all)))
    for (const result of results) if (result.status === 'rejected') throw result.reason
  }

  streams(): readonly StreamStatus[] {
    return [...this.#entries.values()].map(({ stream, active }) => ({
      ...stream,
      isOpen: active !== undefined,
      nextOffset: active?.nextOffset ?? -1,
      settledOffset: active?.writer.settledOffset ?? -1,
      bufferedEvents: active?.writer.bufferedEvents ?? 0,
      bufferedBytes: active?.writer.bufferedBytes ?? 0,
    }))
  }

  scorers(): readonly (readonly [Stream, Scorer])[] {
    return [...this.#entries.values()].flatMap(({ stream, active, scorer }) =>
      active === undefined || scorer === undefined ? [] : [[stream, scorer] as const],
    )
  }

  async stop(deadlineMs: number): Promise<void> {
    const deadline = new AbortController()
    const released = Promise.all([...this.#entries.values()].map(entry => this.#release(entry)))
    const isDone = await Promise.race([
      released.then(() => true),
      pauseFor(deadlineMs, deadline.signal).then(() => false),
    ])
    deadline.abort()
    if (isDone) return
    this.#deps.log.warn({ deadlineMs }, 'Not all was stored in time: the next start does it again.')
    for (const entry of this.#entries.values()) this.#drop(entry, stopped())
  }

  /** @throws PipelineError store_fenced when the stream is not ours */
  #active(stream: Stream): ActiveStream {
    const active = this.#entries.get(streamKey(stream))?.active
    if (active !== undefined) return active
    throw new PipelineError('store_fenced', `${streamKey(stream)} is not assigned`)
  }

  #open({ source, partition }: Stream, flushMs: number): Entry<Scorer> {
    const entry: Entry<Scorer> = {
      stream: { source, partition },
      controller: new AbortController(),
      // A turn later, so that the entry is in the map when the first finding comes.
      opening: Promise.resolve().then(() => this.#activate(entry, flushMs)),
      scorer: undefined,
      active: undefined,
      eventStream: undefined,
      releasing: undefined,
      findings: [],
    }
    return entry
  }

  async #activate(entry: Entry<Scorer>, flushMs: number): Promise<ActiveStream> {
    const deps = this.#deps
    const { stream, controller } = entry
    const { signal } = controller
    try {
      const opened = await openStream({
        ...deps,
        stream,
        signal,
        createScorer: () => this.#scorerOf(entry),
        takeFindings: () => entry.findings.splice(0),
      })
      entry.eventStream = opened.eventStream
      signal.throwIfAborted()
      const writer = new StreamWriter({
        ...deps,
        eventStream: opened.eventStream,
        limits: shareLimits(deps.limits, { flushMs, streams: () => this.#entries.size }),
        signal,
        onFailure: error => {
          this.#drop(entry, error)
          void this.#close(entry)
        },
      })
      entry.active = new ActiveStream({ ...deps, ...opened, stream, writer })
      deps.health.set(`stream ${streamKey(stream)}`, true, 'open')
      return entry.active
    } catch (error) {
      this.#drop(entry, error)
      await this.#close(entry)
      throw error
    }
  }

  #scorerOf(entry: Entry<Scorer>): StreamScorer {
    const scorer = this.#deps.createScorer(finding => {
      if (entry.active === undefined) entry.findings.push(finding)
      else entry.active.writer.finding(finding)
    })
    entry.scorer = scorer
    return {
      ...guardObserver(scorer, 'scoring', this.#deps),
      snapshot: options => scorer.snapshot(options),
      restore: snapshot => scorer.restore(snapshot),
    }
  }

  /** Stores, delivers and snapshots what is there, then lets go; never fails. */
  #release(entry: Entry<Scorer>): Promise<void> {
    entry.releasing ??= this.#drain(entry)
    return entry.releasing
  }

  async #drain(entry: Entry<Scorer>): Promise<void> {
    const { active, stream } = entry
    try {
      await active?.writer.flush()
      await active?.snapshot(false)
    } catch (error) {
      this.#deps.log.warn({ ...stream, err: error }, 'Stream released before all was stored.')
    }
    this.#drop(entry, stopped())
    await entry.opening.catch(() => undefined) // what still opens has seen the signal
    await this.#close(entry)
  }

  async #close(entry: Entry<Scorer>): Promise<void> {
    const { eventStream, stream } = entry
    entry.eventStream = undefined
    try {
      await eventStream?.close()
    } catch (error) {
      this.#deps.log.debug({ ...stream, err: error }, 'Stream not closed.')
    }
  }

  /** Lets go without a further step: what the store does not have, its next owner reads again. */
  #drop(entry: Entry<Scorer>, error: unknown) {
    const { stream, controller } = entry
    const key = streamKey(stream)
    if (this.#entries.get(key) !== entry) return
    this.#entries.delete(key)
    controller.abort(error)
    entry.active?.writer.close(error)
    this.#report(stream, error)
  }

  #report(stream: Stream, error: unknown) {
    const { health, log } = this.#deps
    const code = error instanceof PipelineError ? error.code : 'unknown'
    const dependency = `stream ${streamKey(stream)}`
    if (error instanceof StreamStopped) {
      health.set(dependency, true, 'released')
    } else if (code === 'store_fenced') {
      health.set(dependency, true, 'owned by another process')
      log.info({ ...stream }, 'Stream is owned by another process.')
    } else {
      health.set(dependency, false, `stopped: ${code}`)
      log.error({ ...stream, err: error }, 'Stream stopped.')
    }
  }
}

class StreamStopped extends PipelineError {}

const stopped = () => new StreamStopped('store_fenced', 'the stream was released')
