import type { AuditEntry } from '../domain/action.ts'
import type { Finding } from '../domain/finding.ts'
import type { Incident, IncidentEvent } from '../domain/incident.ts'
import type { Result } from '../lib/result.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import { decideIncident, hasCounted } from './decide-incident.ts'
import { decideTransition, type Transition } from './decide-transition.ts'
import type { IncidentBook } from './incident-book.ts'

/** What the steps ask of a store. */
export interface IncidentLog {
  append(events: readonly IncidentEvent[]): Promise<void>
  /** Active ones, and closed ones whose last finding is not older than `sinceTs`, event time. */
  ofTokens(tokens: readonly string[], sinceTs: number): Promise<readonly Incident[]>
  get(id: string): Promise<Incident | undefined>
}

export interface AuditLog {
  append(entries: readonly AuditEntry[]): Promise<void>
}

export type TransitionResult = Result<Incident, 'unknown_incident' | 'invalid_transition'>

/**
 * Steps in the life of incidents: each is decided on what is stored, while nobody else takes any, then
 * stored, remembered and told.
 */
export function createIncidentSteps(deps: {
  readonly incidents: IncidentLog
  readonly audit: AuditLog
  readonly book: IncidentBook
  readonly exclusively: <Value>(work: (stillAlone: () => void) => Promise<Value>) => Promise<Value>
  readonly onEvent: (event: IncidentEvent, before: Incident | undefined) => void
  readonly clock: () => number
  readonly metrics: Pick<Metrics, 'incidentEvents' | 'openIncidents'>
  readonly groupingWindowMs: number
}) {
  const { incidents, audit, book, clock, metrics, groupingWindowMs } = deps

  /** @returns incidents that are new here, or in a new version */
  function learn(known: readonly Incident[]): readonly Incident[] {
    const news = known.filter(incident => book.put(incident))
    metrics.openIncidents.set(book.activeCount)
    return news
  }

  async function take(events: readonly IncidentEvent[]) {
    await incidents.append(events)
    for (const event of events) {
      const before = book.get(event.incident.id)
      book.put(event.incident)
      metrics.incidentEvents.inc({ kind: event.kind })
      deps.onEvent(event, before)
    }
    metrics.openIncidents.set(book.activeCount)
  }

  return {
    learn,

    transition: (id: string, to: Transition, by: { actor: string; note: string }) =>
      deps.exclusively(async (stillAlone): Promise<TransitionResult> => {
        const incident = await incidents.get(id)
        if (incident === undefined) return { ok: false, reason: 'unknown_incident' }
        learn([incident])
        const decision = decideTransition(incident, to, { ...by, atMs: clock() })
        if (!decision.ok) return decision
        stillAlone()
        // The audit row first, with an id that a second try repeats: no step without its row.
        await audit.append([auditEntry(decision.value, by.note)])
        await take([decision.value])
        return { ok: true, value: decision.value.incident }
      }),

    /** An alert that an incident in memory has counted is a repetition: no need to ask the store. */
    isNews: (finding: Finding): boolean =>
      finding.isAlert &&
      !book.ofToken(finding.token).some(incident => hasCounted(incident, finding)),

    /** Groups alerts, at least one, into incidents. */
    group: (alerts: readonly Finding[]): Promise<void> =>
      deps.exclusively(async stillAlone => {
        const tokens = [...new Set(alerts.map(({ token }) => token))]
        const sinceTs = Math.min(...alerts.map(({ ts }) => ts))
        // Memory is never ahead of the store, and it may have forgotten closed incidents.
        const known = await incidents.ofTokens(tokens, sinceTs)
        learn(known)
        const events = decideAll(alerts, known, { groupingWindowMs, atMs: clock() })
        if (events.length === 0) return
        stillAlone()
        await take(events)
      }),
  }
}

/** Decides finding by finding, each seeing what the ones before it in the batch did. */
function decideAll(
  findings: readonly Finding[],
  known: readonly Incident[],
  options: { readonly groupingWindowMs: number; readonly atMs: number },
): IncidentEvent[] {
  const events: IncidentEvent[] = []
  const byToken = new Map<string, readonly Incident[]>()
  for (const incident of known) {
    byToken.set(incident.token, [...(byToken.get(incident.token) ?? []), incident])
  }
  for (const finding of findings) {
    const ofToken = byToken.get(finding.token) ?? []
    const event = decideIncident(finding, ofToken, options)
    if (event === undefined) continue
    events.push(event)
    const others = ofToken.filter(({ id }) => id !== event.incident.id)
    byToken.set(finding.token, [...others, event.incident])
  }
  return events
}

function auditEntry({ id, atMs, kind, incident }: IncidentEvent, note: string): AuditEntry {
  return {
    id: `incident.${kind}:${id}`,
    atMs,
    actor: incident.actor,
    verb: `incident.${kind}`,
    subject: `incident:${incident.id}`,
    tenant: incident.tenant,
    detail: note.slice(0, 500),
  }
}
