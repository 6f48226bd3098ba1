import type { Finding } from '../../domain/finding.ts'
import type { Incident } from '../../domain/incident.ts'
import type { ScanOutput, ScanSummary } from './scan-result.ts'

const iso = (ms: number) => new Date(ms).toISOString()
const round = (value: number) => Math.round(value * 1000) / 1000

/**
 * NDJSON on one stream: one object a line, `type` first. A stable interface, described in
 * docs/scan.md; fields are added, never renamed.
 */
export function createJsonOutput(write: (line: string) => void): ScanOutput {
  const print = (value: object) => write(`${JSON.stringify(value)}\n`)
  return {
    finding: finding => print(findingLine(finding)),
    end(incidents, summary) {
      for (const incident of incidents) print(incidentLine(incident))
      print(summaryLine(summary))
    },
  }
}

function findingLine(finding: Finding) {
  const { source, partition, offset, index, ts, isAlert, surprise, risk, evidence, ...rest } =
    finding
  return {
    type: 'finding',
    ts: iso(ts),
    surprise: round(surprise),
    risk: round(risk),
    alert: isAlert,
    ...rest,
    evidence: evidence.map(piece => ({
      ...piece,
      observed: round(piece.observed),
      expected: round(piece.expected),
      surprise: round(piece.surprise),
      contribution: round(piece.contribution),
    })),
    position: { source, partition, offset, index },
  }
}

function incidentLine(incident: Incident) {
  const { firstTs, lastTs, openedMs, updatedMs, actor, note, version, state, ...rest } = incident
  return {
    type: 'incident',
    from: iso(firstTs),
    to: iso(lastTs),
    ...rest,
    surprise: round(incident.surprise),
    risk: round(incident.risk),
  }
}

function summaryLine({ fromMs, toMs, ...rest }: ScanSummary) {
  return {
    type: 'summary',
    ...rest,
    from: fromMs === undefined ? null : iso(fromMs),
    to: toMs === undefined ? null : iso(toMs),
  }
}
