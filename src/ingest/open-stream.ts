import type { Finding } from '../domain/finding.ts'
import type { SourcePosition, Stream } from '../domain/source-position.ts'
import type { BaselineSnapshot } from '../domain/token-baseline.ts'
import type { Health } from '../telemetry/health.ts'
import type { Logger } from '../telemetry/logger.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import type { EventObserver, StreamScorer } from './active-stream.ts'
import { createOpenProgress } from './open-progress.ts'
import { retry } from './retry.ts'
import type { EventStream } from './stream-writer.ts'

export interface OpenStreamDeps {
  readonly stream: Stream
  /** A new scorer, for each attempt. */
  createScorer(): StreamScorer
  readonly observers: readonly EventObserver[]
  openEventStream(stream: Stream, options: { signal: AbortSignal }): Promise<EventStream>
  /** @param onProgress - told of tokens loaded, and of their share, in [0, 1] */
  loadSnapshot(
    stream: Stream,
    onProgress: (tokens: number, share: number) => void,
  ): Promise<BaselineSnapshot | undefined>
  deliverFindings(findings: readonly Finding[]): Promise<void>
  /** Findings that the scorer has raised of this stream since the last call. */
  takeFindings(): readonly Finding[]
  readonly signal: AbortSignal
  readonly health: Health
  readonly metrics: Pick<Metrics, 'streamOpening'>
  readonly log: Logger
  readonly clock: () => number
}

export interface OpenedStream {
  readonly eventStream: EventStream
  /** Has seen all events up to `scoredOffset`. */
  readonly scorer: StreamScorer
  /** Last offset that the scorer has seen, -1 for none. */
  readonly scoredOffset: number
  readonly snapshotOffset: number
  /** Highest position of each origin of relayed events that is stored. */
  readonly origins: readonly SourcePosition[]
}

/** Longest wait between attempts, ms. */
const OPEN_DELAY_MS_MAX = 5_000

/**
 * Takes ownership of a stream and brings the scorer to where the store is: snapshot, then replay of
 * the stored events above it. Tries again for as long as the store is away.
 */
export function openStream(deps: OpenStreamDeps): Promise<OpenedStream> {
  const { stream, signal, log } = deps
  return retry(() => openOnce(deps), {
    signal,
    delayMsMax: OPEN_DELAY_MS_MAX,
    attemptsMax: 1,
    onFailure: (error, attempt) =>
      log.warn({ ...stream, err: error, attempt }, 'Stream not opened, trying again.'),
  })
}

async function openOnce(deps: OpenStreamDeps): Promise<OpenedStream> {
  const { stream, signal, log, clock } = deps
  const startedMs = clock()
  const progress = createOpenProgress(deps)
  progress.taking()
  const scorer = deps.createScorer()
  const eventStream = await deps.openEventStream(stream, { signal })
  try {
    const snapshot = await deps.loadSnapshot(stream, progress.loaded)
    const snapshotOffset = snapshot?.offset ?? -1
    if (snapshot !== undefined) scorer.restore(snapshot)
    if (snapshotOffset > eventStream.watermark) {
      const { watermark } = eventStream
      // Expired events take the watermark with them; the snapshot remembers that they were stored.
      log.warn({ ...stream, snapshotOffset, watermark }, 'Snapshot is ahead of the stored events.')
    }
    const onProgress = progress.replaying(Math.max(0, eventStream.watermark - snapshotOffset))
    const replayed = { eventStream, scorer, afterOffset: snapshotOffset, onProgress }
    const events = await replay(deps, replayed)
    const origins = await eventStream.origins()
    const { watermark } = eventStream
    const durationMs = clock() - startedMs
    log.info({ ...stream, watermark, snapshotOffset, events, durationMs }, 'Stream opened.')
    const scoredOffset = Math.max(watermark, snapshotOffset)
    return { eventStream, scorer, snapshotOffset, scoredOffset, origins }
  } catch (error) {
    deps.takeFindings()
    await eventStream.close()
    throw error
  } finally {
    progress.ended()
  }
}

/** Findings are delivered again: their ids are the same, so nothing comes twice. */
async function replay(
  deps: OpenStreamDeps,
  {
    eventStream,
    scorer,
    afterOffset,
    onProgress,
  }: Pick<OpenedStream, 'eventStream' | 'scorer'> & {
    readonly afterOffset: number
    /** Told how many records lie behind. */
    readonly onProgress: (records: number) => void
  },
) {
  let count = 0
  for await (const events of eventStream.replay(afterOffset)) {
    deps.signal.throwIfAborted()
    for (const event of events) {
      scorer.observe(event)
      for (const observer of deps.observers) observer.observe(event, true)
    }
    count += events.length
    onProgress((events.at(-1)?.offset ?? afterOffset) - afterOffset)
    const findings = deps.takeFindings()
    if (findings.length > 0) await deps.deliverFindings(findings)
  }
  return count
}
