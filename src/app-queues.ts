import type { PipelineWiring } from './app-pipeline.ts'
import type { Response } from './app-response.ts'
import type { Settings } from './settings.ts'
import type { Metrics } from './telemetry/metrics.ts'

/** Shows how full everything is that waits or is remembered: the table in docs/operations.md, "Limits". */
export function watchQueues(deps: {
  readonly settings: Settings
  readonly metrics: Metrics
  readonly wiring: PipelineWiring
  readonly response: Response
}): void {
  const { settings, metrics, wiring, response } = deps
  const { ingest, alert, respond, score } = settings
  const { pipeline, http, normalizer, baselines } = wiring
  const streams = () => Math.max(1, pipeline.streams().length)
  const watch = (name: string, limit: number | (() => number), depth: () => number) =>
    metrics.queues.watch(name, { depth, limit: typeof limit === 'number' ? () => limit : limit })
  const sumOfStreams = (key: 'bufferedEvents' | 'bufferedBytes') => () =>
    pipeline.streams().reduce((sum, stream) => sum + stream[key], 0)

  watch('stream batches', () => 2 * ingest.batchRowsMax * streams(), sumOfStreams('bufferedEvents'))
  watch('stream bytes', ingest.bufferedBytesMax, sumOfStreams('bufferedBytes'))
  watch('http requests', ingest.http.requestsMax, () => http.waiting().requests)
  watch('http records', ingest.http.bufferedRecordsMax, () => http.waiting().records)
  watch('http bytes', ingest.http.bufferedBytesMax, () => http.waiting().bytes)
  watch('http keys', ingest.http.rememberedKeysMax, () => http.waiting().keys)
  watch('routes', normalizer.limits().routesMax, () => normalizer.limits().routes)
  watch('sources', normalizer.limits().sourcesMax, () => normalizer.limits().sources)
  watch('tokens', () => score.tokensMax * streams(), baselines.tokens)
  watch('open incidents', alert.incidents.openIncidentsMax, response.openIncidentCount)
  watch(
    'closed incidents',
    alert.incidents.closedRememberedMax,
    () => response.incidents.list().length - response.openIncidentCount(),
  )
  watch('deliveries', alert.dispatch.queueMax, () => response.dispatcher.pending)
  watch('actions', respond.actionsRememberedMax, () => response.responder.actions().length)
  watch(
    'actions under way',
    respond.executingMax,
    () => response.responder.actions().filter(({ state }) => state === 'executing').length,
  )
  watch('tracked tokens', respond.containment.tokensMax, () => response.containment.trackedTokens)
  metrics.state.tokens = baselines.tokens
  metrics.state.bytes = baselines.bytes
}
