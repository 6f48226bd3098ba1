import { type Severity, severities } from '../domain/finding.ts'
import type { Incident, IncidentEvent } from '../domain/incident.ts'
import type { IncidentNotice } from './channel.ts'

/**
 * What people are told of a step in an incident's life: that it opened, that it became worse than
 * they were told, that it closed. More findings of the same severity are no news. Follows from the step
 * alone: whichever process takes it says the same.
 *
 * @param before - the incident before the step; undefined when it opened
 */
export function decideNotice(
  { id, atMs, kind, incident }: IncidentEvent,
  before: Incident | undefined,
  rules: { readonly severityMin: Severity; readonly notifyResolved: boolean },
): IncidentNotice | undefined {
  const isTold = before !== undefined && rank(before.severity) >= rank(rules.severityMin)
  const told = isTold ? before.severity : undefined
  const noticed = noticeKind(kind, incident.severity, told, rules)
  return noticed === undefined ? undefined : { id, atMs, kind: noticed, incident }
}

function noticeKind(
  kind: IncidentEvent['kind'],
  severity: Severity,
  told: Severity | undefined,
  { severityMin, notifyResolved }: { severityMin: Severity; notifyResolved: boolean },
): IncidentNotice['kind'] | undefined {
  switch (kind) {
    case 'opened':
    case 'reopened':
    case 'finding_added':
      if (rank(severity) < rank(severityMin)) return undefined
      if (told === undefined) return 'opened'
      return rank(severity) > rank(told) ? 'severity_raised' : undefined
    case 'resolved':
    case 'false_positive':
      return told !== undefined && notifyResolved ? kind : undefined
    case 'acknowledged':
      return undefined
  }
}

const rank = (severity: Severity) => severities.indexOf(severity)
