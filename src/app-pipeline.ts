import type { Shared } from './app-parts.ts'
import type { Response } from './app-response.ts'
import { insertMetrics } from './app-stats.ts'
import type { Tables } from './app-tables.ts'
import type { AccessEvent } from './domain/access-event.ts'
import type { Finding } from './domain/finding.ts'
import type { TokenRegistry } from './domain/registered-token.ts'
import type { Stream } from './domain/source-position.ts'
import { createHttpIngest } from './ingest/http-ingest.ts'
import { createStreamPipeline } from './ingest/stream-pipeline.ts'
import { createNormalizer, type NetworkLookup } from './normalize/normalizer.ts'
import { createScorer } from './score/scorer.ts'
import { scorerVersion } from './score/scorer-version.ts'
import { openEventStream } from './store/event-stream.ts'
import type { Store } from './store/store.ts'

interface PipelineParts extends Shared {
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
  const newest = createNewestTs()
  const onFinding = (finding: Finding): void => pipeline.takeFinding(finding)
  const scorer = createScorer({ settings: settings.score, registry, onFinding })

  /** Of another scorer version a snapshot is worth nothing: everything stored is scored again. */
  const loadSnapshot = async (stream: Stream) => {
    const snapshot = await tables.baselines.load(stream)
    if (snapshot === undefined || snapshot.scorerVersion === scorerVersion) return snapshot
    log.warn(
      { ...stream },
      'Baselines of another scorer version are learned again from the events.',
    )
    return undefined
  }
  const pipeline = createStreamPipeline({
    ...parts,
    normalizer,
    scorer,
    observers: [response.containment, newest],
    openEventStream: (stream, { signal }) =>
      openEventStream(store, stream, { signal, observer: insertMetrics(metrics) }),
    loadSnapshot,
    saveSnapshot: tables.baselines.save,
    deadLetters: tables.deadLetters,
    deliverFindings: response.deliverFindings,
    limits: settings.ingest,
  })
  const http = createHttpIngest({
    ...parts,
    pipeline,
    requests: tables.requests,
    settings: settings.ingest.http,
  })
  return { normalizer, scorer, pipeline, http, newestTs: () => newest.ts }
}

export type PipelineWiring = ReturnType<typeof openPipeline>

/** Event time of the newest event that was seen. */
function createNewestTs() {
  let ts = 0
  return {
    observe(event: AccessEvent) {
      if (event.ts > ts) ts = event.ts
    },
    get ts() {
      return ts
    },
  }
}
