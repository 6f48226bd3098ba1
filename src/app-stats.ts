import type { Stats } from './api/schemas.ts'
import type { GroupReport } from './app-report.ts'
import type { PipelineError } from './domain/pipeline-error.ts'
import type { Stream } from './domain/source-position.ts'
import type { Health } from './telemetry/health.ts'
import type { Metrics } from './telemetry/metrics.ts'

/** Over how long the rate of events is taken. */
const RATE_WINDOW_MS = 5_000

interface Sample {
  readonly atMs: number
  readonly events: number
}

/** Counters of all processes of this machine for the page: all from memory. */
export function createStats(deps: {
  readonly version: string
  readonly health: Health
  readonly clock: () => number
  readonly report: () => Promise<GroupReport>
  readonly openIncidents: () => number
  readonly demoPhase: () => string | undefined
}) {
  const { clock } = deps
  const startedMs = clock()
  const samples: Sample[] = []

  function rate(events: number): number {
    const nowMs = clock()
    samples.push({ atMs: nowMs, events })
    while (samples.length > 2 && nowMs - (samples[0]?.atMs ?? 0) > RATE_WINDOW_MS) samples.shift()
    const oldest = samples[0]
    const elapsedMs = nowMs - (oldest?.atMs ?? nowMs)
    const more = Math.max(0, events - (oldest?.events ?? 0)) // a member that is busy answers late
    return elapsedMs <= 0 ? 0 : (more * 1_000) / elapsedMs
  }

  return {
    async current(): Promise<Stats> {
      const { registry, streams, formats, tokens } = await deps.report()
      const stored = await valuesOf(registry, 'tokenwatch_events_stored_total')
      const rejected = await valuesOf(registry, 'tokenwatch_rejects_total')
      const lag = await valuesOf(registry, 'tokenwatch_consumer_lag_records')
      const eventsStored = stored.reduce((sum, { value }) => sum + value, 0)
      const phase = deps.demoPhase()
      return {
        version: deps.version,
        nowMs: clock(),
        startedMs,
        eventsStored,
        eventsPerSecond: rate(eventsStored),
        tokens,
        openIncidents: deps.openIncidents(),
        rejects: rejected.map(({ labels, value }) => ({
          reason: String(labels['reason']),
          count: value,
        })),
        formats: formats.map(({ source, format, records }) => ({ source, format, records })),
        streams: streams.map(stream => {
          const lagRecords = lag.find(
            ({ labels }) =>
              labels['source'] === stream.source &&
              labels['partition'] === String(stream.partition),
          )?.value
          return {
            source: stream.source,
            partition: stream.partition,
            watermark: stream.settledOffset,
            bufferedEvents: stream.bufferedEvents,
            ...(lagRecords !== undefined && { lagRecords }),
          }
        }),
        dependencies: [...deps.health.list()],
        ...(phase !== undefined && { demo: { phase } }),
      }
    },
  }
}

async function valuesOf(registry: GroupReport['registry'], name: string) {
  const { values } = (await registry.getSingleMetric(name)?.get()) ?? { values: [] }
  return values
}

/** What the store tells of its inserts, as metrics. */
export const insertMetrics = (metrics: Metrics) => ({
  inserted(_stream: Stream, rows: number, seconds: number) {
    metrics.insertRows.observe(rows)
    metrics.insertSeconds.observe(seconds)
  },
  failed(_stream: Stream, { code }: PipelineError) {
    metrics.insertFailures.inc({ code })
  },
})
