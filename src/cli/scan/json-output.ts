import type { Evidence, Finding } from '../../domain/finding.ts'
import type { Incident } from '../../domain/incident.ts'
import type { ScanOutput, ScanSummary } from './scan-result.ts'

/** JSON escapes what is below a blank; what else a terminal obeys may come from the name of a file. */
const escaped = (json: string) =>
  json.replaceAll(
    /[\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g,
    char => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )

const iso = (ms: number) => new Date(ms).toISOString()
const round = (value: number) => Math.round(value * 1000) / 1000

/**
 * NDJSON on one stream: one object a line, `type` first. A stable interface, described in
 * docs/scan.md; fields are added, never renamed.
 */
export function createJsonOutput(write: (line: string) => void): ScanOutput {
  const print = (value: object) => write(`${escaped(JSON.stringify(value))}\n`)
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
    evidence: evidence.map(evidenceOf),
    position: { source, partition, offset, index },
  }
}

const evidenceOf = (piece: Evidence): Evidence => ({
  ...piece,
  observed: round(piece.observed),
  expected: round(piece.expected),
  surprise: round(piece.surprise),
  contribution: round(piece.contribution),
})

function incidentLine(incident: Incident) {
  const { firstTs, lastTs, openedMs, updatedMs, actor, note, version, state, ...rest } = incident
  return {
    type: 'incident',
    from: iso(firstTs),
    to: iso(lastTs),
    ...rest,
    surprise: round(incident.surprise),
    risk: round(incident.risk),
    evidence: incident.evidence.map(evidenceOf),
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
