import { AggregatorRegistry, type Registry } from 'prom-client'
import type { PipelineWiring } from './app-pipeline.ts'
import type { TokenBaselineView } from './domain/token-baseline.ts'
import type { StreamStatus } from './ingest/stream-pipeline.ts'
import type { FormatCount } from './normalize/format-locks.ts'
import type { Members } from './processes/members.ts'
import type { Metrics } from './telemetry/metrics.ts'

/** What one process knows of itself alone; it may have come from another one, as JSON. */
interface ProcessReport {
  /** As `registry.getMetricsAsJSON()` gives them. */
  readonly metrics: object
  readonly streams: readonly StreamStatus[]
  readonly formats: readonly FormatCount[]
  readonly tokens: number
}

/** The same of all processes that work together on this machine. */
export interface GroupReport extends Omit<ProcessReport, 'metrics'> {
  /** Summed, or as each metric says that it is to be put together. */
  readonly registry: Registry
}

type Reported = Pick<PipelineWiring, 'pipeline' | 'normalizer' | 'baselines'>

/** This process's own report. */
export async function reportOf(
  { registry }: Pick<Metrics, 'registry'>,
  wiring: Reported | undefined,
): Promise<ProcessReport> {
  return {
    metrics: await registry.getMetricsAsJSON(),
    streams: wiring?.pipeline.streams() ?? [],
    formats: wiring?.normalizer.formats() ?? [],
    tokens: wiring?.baselines.tokens() ?? 0,
  }
}

/** Asks the members, and puts their reports and our own together. */
export async function reportOfAll(
  metrics: Pick<Metrics, 'registry'>,
  wiring: Reported | undefined,
  members: Pick<Members, 'ask'>,
): Promise<GroupReport> {
  const answers = await members.ask({ about: 'report' })
  const reports = [await reportOf(metrics, wiring), ...(answers as readonly ProcessReport[])]
  return {
    registry:
      reports.length === 1
        ? metrics.registry
        : AggregatorRegistry.aggregate(reports.map(report => report.metrics)),
    streams: reports.flatMap(({ streams }) => streams),
    formats: summed(reports.flatMap(({ formats }) => formats)),
    tokens: reports.reduce((sum, { tokens }) => sum + tokens, 0),
  }
}

function summed(counts: readonly FormatCount[]): readonly FormatCount[] {
  const sums = new Map<string, FormatCount>()
  for (const count of counts) {
    const key = `${count.format} ${count.source}`
    const { records = 0, drifted = 0 } = sums.get(key) ?? {}
    sums.set(key, {
      ...count,
      records: records + count.records,
      drifted: drifted + count.drifted,
    })
  }
  return [...sums.values()]
}

/** A baseline from whichever process has the token; of several the one that saw it last. */
export async function baselineOfAny(
  token: Parameters<PipelineWiring['baselines']['baselineOf']>[0],
  wiring: Pick<Reported, 'baselines'>,
  members: Pick<Members, 'ask'>,
): Promise<TokenBaselineView | undefined> {
  const answers = await members.ask({ about: 'baseline', token })
  const views = [wiring.baselines.baselineOf(token), ...(answers as readonly TokenBaselineView[])]
  return views
    .flatMap(view => view ?? [])
    .sort((one, other) => other.lastSeenMs - one.lastSeenMs)
    .at(0)
}
