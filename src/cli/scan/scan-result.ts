import type { Finding } from '../../domain/finding.ts'
import type { Incident } from '../../domain/incident.ts'
import type { RejectReason } from '../../domain/reject.ts'

/** What a scan says of the whole input. */
export interface ScanSummary {
  /** Records read: lines, or elements of an array. */
  readonly records: number
  /** Access events that they gave. */
  readonly accepted: number
  readonly rejected: number
  readonly rejectedBy: Readonly<Partial<Record<RejectReason, number>>>
  /** Records by format. */
  readonly formats: Readonly<Record<string, number>>
  /** Distinct tokens, or addresses where the log carries no token. */
  readonly tokens: number
  /** How many of them are client addresses. */
  readonly addresses: number
  /** Event times of the first and the last event, ms; undefined without events. */
  readonly fromMs: number | undefined
  readonly toMs: number | undefined
  /** Findings at or above the alert threshold. */
  readonly findings: number
  /** Findings above the low floor, these included. */
  readonly findingsAll: number
  readonly incidents: number
  /** Active token-days: the unit of the alert budget. */
  readonly tokenDays: number
}

/** Where the results of a scan go. */
export interface ScanOutput {
  finding(finding: Finding): void
  /** Called once, after the last finding; most severe first. */
  end(incidents: readonly Incident[], summary: ScanSummary): void
}
