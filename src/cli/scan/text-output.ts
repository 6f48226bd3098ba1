import type { Evidence } from '../../domain/finding.ts'
import type { Incident } from '../../domain/incident.ts'
import { forTerminal } from '../for-terminal.ts'
import type { ScanOutput, ScanSummary } from './scan-result.ts'

const minute = (ms: number) => `${new Date(ms).toISOString().slice(0, 16).replace('T', ' ')} UTC`
const count = (value: number) => value.toLocaleString('en-US')
const plural = (value: number, one: string, many = `${one}s`) =>
  `${count(value)} ${value === 1 ? one : many}`

/** Results for people: the summary, then incidents with their reasons, most severe first. */
export function createTextOutput(write: (text: string) => void): ScanOutput {
  return {
    finding: () => {},
    end(incidents, summary) {
      write(`${summaryText(summary)}\n`)
      if (incidents.length === 0) write(`\n${quietText(summary)}\n`)
      for (const incident of incidents)
        write(`\n${incidentLines(incident).map(forTerminal).join('\n')}\n`)
    },
  }
}

function quietText({ records, accepted }: ScanSummary): string {
  if (accepted > 0) return 'Nothing stood out above the alert budget.'
  if (records === 0) return 'The input holds no record.'
  return 'Nothing could be judged: no record could be used. docs/gateways.md lists what is read.'
}

function summaryText(summary: ScanSummary): string {
  const formats = Object.entries(summary.formats).map(
    ([format, records]) => `${format} ${count(records)}`,
  )
  const lines = [
    `Records    ${count(summary.records)}   accepted ${count(summary.accepted)}   rejected ${count(summary.rejected)}`,
    ...Object.entries(summary.rejectedBy).map(
      ([reason, records]) => `             ${reason}: ${count(records)}`,
    ),
    `Formats    ${formats.join(', ') || 'none recognized'}`,
    `Tokens     ${tokensText(summary)}`,
    `Time span  ${spanText(summary)}`,
    `Found      ${plural(summary.incidents, 'incident')} from ${plural(summary.findings, 'finding')} in ${plural(summary.tokenDays, 'active token-day')}`,
  ]
  return lines.join('\n')
}

function tokensText({ tokens, addresses }: ScanSummary): string {
  if (addresses === 0) return count(tokens)
  if (addresses === tokens) {
    return `${plural(tokens, 'client address', 'client addresses')} (the log carries no token: each client address is judged like one)`
  }
  return `${count(tokens)}, client addresses of calls that carried no token among them: ${count(addresses)}`
}

function spanText({ fromMs, toMs }: ScanSummary): string {
  return fromMs === undefined || toMs === undefined
    ? 'none'
    : `${minute(fromMs)} to ${minute(toMs)}`
}

function incidentLines(incident: Incident): readonly string[] {
  const { severity, risk, title, tokenHint, credentialId, tenant, entity, findingCount } = incident
  const name = entity === 'address' ? `address ${tokenHint}` : `token ${tokenHint}`
  const credential = credentialId === undefined ? '' : `, credential ${credentialId}`
  const who = `${name}${credential}, tenant ${tenant}`
  const when = `${minute(incident.firstTs)} to ${minute(incident.lastTs)}`
  return [
    `${severity.toUpperCase().padEnd(8)} risk ${Math.round(risk)}  ${title}`,
    `  ${who}`,
    `  ${when}, ${plural(findingCount, 'finding')}`,
    ...incident.evidence.flatMap(evidenceLines),
  ]
}

const evidenceLines = ({ text, history, detector }: Evidence) => [
  `  - ${detector}: ${text}`,
  `      ${history}`,
]
