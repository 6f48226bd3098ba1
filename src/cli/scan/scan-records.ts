import { decideIncident } from '../../alert/decide-incident.ts'
import type { AccessEvent } from '../../domain/access-event.ts'
import { type Finding, severities } from '../../domain/finding.ts'
import type { Incident } from '../../domain/incident.ts'
import type { Reject, RejectReason } from '../../domain/reject.ts'
import type { SourceRecord } from '../../ingest/log-source.ts'
import type { Normalizer, NormalizeSink } from '../../normalize/normalizer.ts'
import type { Scorer } from '../../score/scorer.ts'
import type { ScanOutput, ScanSummary } from './scan-result.ts'

/** Records of one input, in the order of their numbers. */
export interface RecordChunk {
  readonly source: string
  readonly records: readonly SourceRecord[]
}

export interface ScanDeps {
  readonly normalizer: Normalizer
  /** Makes the scorer; its findings go to the given function. */
  createScorer(onFinding: (finding: Finding) => void): Scorer
  readonly output: ScanOutput
  /** Print also findings below the alert threshold. */
  readonly isAllFindings: boolean
  readonly groupingWindowMs: number
  readonly clock: () => number
}

/**
 * The scan itself: every record through the normalizer and the scorer in the order given, findings to
 * the output as they are raised, incidents and summary at the end. Memory is bounded by tokens and
 * incidents, not by records.
 */
export function createScan(deps: ScanDeps) {
  const { normalizer, output } = deps
  const incidents = new Map<string, Incident>()
  const counts = { records: 0, accepted: 0, rejected: 0, findings: 0, findingsAll: 0 }
  const rejectedBy: Partial<Record<RejectReason, number>> = {}
  const addresses = new Set<string>()
  const tokens = new Set<string>()
  let fromMs = Number.POSITIVE_INFINITY
  let toMs = Number.NEGATIVE_INFINITY

  const scorer = deps.createScorer(finding => {
    counts.findingsAll += 1
    if (finding.isAlert) counts.findings += 1
    if (finding.isAlert || deps.isAllFindings) output.finding(finding)
    group(finding)
  })

  function group(finding: Finding) {
    const known = [...(incidentsOf.get(finding.token) ?? [])].flatMap(id => incidents.get(id) ?? [])
    const options = { groupingWindowMs: deps.groupingWindowMs, atMs: finding.ts }
    const event = decideIncident(finding, known, options)
    if (event === undefined) return
    incidents.set(event.incident.id, event.incident)
    const ids = incidentsOf.get(finding.token) ?? new Set<string>()
    incidentsOf.set(finding.token, ids.add(event.incident.id))
  }
  const incidentsOf = new Map<string, Set<string>>()

  const sink: NormalizeSink = {
    event(event: AccessEvent) {
      counts.accepted += 1
      if (event.ts < fromMs) fromMs = event.ts
      if (event.ts > toMs) toMs = event.ts
      ;(event.entity === 'address' ? addresses : tokens).add(event.token)
      scorer.observe(event)
    },
    reject: (reject: Reject) => refuse(reject.reason),
  }

  function refuse(reason: RejectReason) {
    counts.rejected += 1
    rejectedBy[reason] = (rejectedBy[reason] ?? 0) + 1
  }

  function summary(): ScanSummary {
    const formats: Record<string, number> = {}
    for (const { format, records } of normalizer.formats()) {
      formats[format] = (formats[format] ?? 0) + records
    }
    const hasEvents = counts.accepted > 0
    return {
      ...counts,
      rejectedBy,
      formats,
      tokens: tokens.size + addresses.size,
      addresses: addresses.size,
      fromMs: hasEvents ? fromMs : undefined,
      toMs: hasEvents ? toMs : undefined,
      incidents: incidents.size,
      tokenDays: scorer.stats().tokenDays,
    }
  }

  return {
    /** Takes one chunk; returns the number of records so far. */
    take({ source, records }: RecordChunk): number {
      const receivedMs = deps.clock()
      for (const { offset, content } of records) {
        counts.records += 1
        if ('refused' in content) refuse(content.refused)
        else normalizer.normalize({ source, partition: 0, offset, receivedMs, content }, sink)
      }
      return counts.records
    },
    /** Ends the scan: closes the open days, prints incidents and summary. */
    end(): ScanSummary {
      scorer.flush()
      const result = summary()
      output.end([...incidents.values()].sort(bySeverity), result)
      return result
    },
  }
}

const bySeverity = (one: Incident, other: Incident) =>
  severities.indexOf(other.severity) - severities.indexOf(one.severity) ||
  other.surprise - one.surprise ||
  one.firstTs - other.firstTs
