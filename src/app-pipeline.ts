import type { Shared } from './app-parts.ts'
import type { Response } from './app-response.ts'
import { insertMetrics } from './app-stats.ts'
import type { Tables } from './app-tables.ts'
import type { Fingerprint } from './domain/access-event.ts'
import type { TokenRegistry } from './domain/registered-token.ts'
import type { Stream } from './domain/source-position.ts'
import { createHttpIngest } from './ingest/http-ingest.ts'
import { createKeyingWatch } from './ingest/keying-watch.ts'
import { createEventDecoder } from './ingest/relay/event-decoder.ts'
import { createStreamPipeline } from './ingest/stream-pipeline.ts'
import type { BatchSinks } from './ingest/stream-writer.ts'
import { createNormalizer, type NetworkLookup } from './normalize/normalizer.ts'
import { createScorer, type Scorer } from './score/scorer.ts'
import { scorerVersion } from './score/scorer-version.ts'
import { openEventStream } from './store/event-stream.ts'
import type { Store } from './store/store.ts'

interface PipelineParts extends Shared {
  readonly deadLetters: BatchSinks['deadLetters']
  readonly store: Store
  readonly tables: Tables
  readonly registry: TokenRegistry
  readonly fingerprintKey: Buffer
  readonly networks: NetworkLookup
  readonly response: Response
}

/** The way of a record: normalize, score, store, deliver; and the way in by HTTP. */
export function openPipeline(parts: PipelineParts) {
  const { settings, store, tables, registry, response, metrics, log } = parts
  const normalizer = createNormalizer({ ...parts, settings: settings.normalize })
  const { topic } = settings.ingest.relay
  const keying = createKeyingWatch({ ...parts, topics: settings.ingest.kafka.topics })

  /** Of another scorer version a snapshot is worth nothing: everything stored is scored again. */
  const loadSnapshot = async (
    stream: Stream,
    onProgress: (tokens: number, share: number) => void,
  ) => {
    const snapshot = await tables.baselines.load(stream, onProgress)
    if (snapshot === undefined || snapshot.scorerVersion === scorerVersion) return snapshot
    log.warn(
      { ...stream },
      'Baselines of another scorer version are learned again from the events.',
    )
    return undefined
  }
  const pipeline = createStreamPipeline({
    ...parts,
    normalizer: topic === '' ? normalizer : createEventDecoder(topic, normalizer),
    createScorer: onFinding => createScorer({ settings: settings.score, registry, onFinding }),
    observers: topic === '' ? [response.containment, keying] : [response.containment],
    openEventStream: async (stream, { signal }) => {
      const opened = await openEventStream(store, stream, {
        signal,
        observer: insertMetrics(metrics),
      })
      // From here on no other process sees the events of this stream; what it did of them is taken in.
      await response.refresh().catch(async (error: unknown) => {
        await opened.close()
        throw error
      })
      return opened
    },
    loadSnapshot,
    saveSnapshot: tables.baselines.save,
    deliverFindings: response.deliverFindings,
    limits: settings.ingest,
  })
  const http = createHttpIngest({
    ...parts,
    pipeline,
    requests: tables.requests,
    settings: settings.ingest.http,
  })
  return {
    normalizer,
    baselines: readBaselines(() => pipeline.scorers().map(([, scorer]) => scorer)),
    pipeline,
    http,
  }
}

export type PipelineWiring = ReturnType<typeof openPipeline>

/** What has been learned, over all streams of this process. */
function readBaselines(scorers: () => readonly Scorer[]) {
  return {
    tokens: () => scorers().reduce((sum, scorer) => sum + scorer.stats().tokens, 0),
    bytes: () => scorers().reduce((sum, scorer) => sum + scorer.stats().bytes, 0),
    /** Of the stream that saw it last: a token that comes by several has a baseline in each. */
    baselineOf: (token: Fingerprint) =>
      scorers()
        .flatMap(scorer => scorer.baselineOf(token) ?? [])
        .sort((one, other) => other.lastSeenMs - one.lastSeenMs)
        .at(0),
  }
}
