import type { AuditEntry } from '../domain/action.ts'
import type { Finding } from '../domain/finding.ts'
import type { Incident, IncidentEvent, IncidentState } from '../domain/incident.ts'
import { oneAtATime } from '../lib/one-at-a-time.ts'
import type { Result } from '../lib/result.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import { decideIncident } from './decide-incident.ts'
import { decideTransition, type Transition } from './decide-transition.ts'
import { createIncidentBook } from './incident-book.ts'
import type { IncidentSettings } from './settings.ts'

/** What this stage asks of a store. */
interface IncidentLog {
  append(events: readonly IncidentEvent[]): Promise<void>
  current(query: {
    readonly states?: readonly IncidentState[]
    readonly limit: number
  }): Promise<readonly Incident[]>
}

interface AuditLog {
  append(entries: readonly AuditEntry[]): Promise<void>
}

type TransitionResult = Result<Incident, 'unknown_incident' | 'invalid_transition'>

export interface IncidentStage {
  /** Reads the incidents of earlier runs; before anything else. */
  load(): Promise<void>
  /**
   * Groups findings into incidents. Resolves when every step is stored and told; a finding that was
   * seen before changes nothing. After a rejection nothing was taken over: deliver the same again.
   */
  observe(findings: readonly Finding[]): Promise<void>
  acknowledge(id: string, actor: string, note?: string): Promise<TransitionResult>
  resolve(id: string, actor: string, note?: string): Promise<TransitionResult>
  markFalsePositive(id: string, actor: string, note?: string): Promise<TransitionResult>
  /** In memory: all active incidents and the last closed ones, newest finding first. */
  list(): readonly Incident[]
  get(id: string): Incident | undefined
}

/**
 * The incidents of all tokens and their life cycle. One step at a time, so that two streams with
 * findings of one token cannot open two incidents.
 *
 * At most `openIncidentsMax` are active: the one beyond it closes the least of the others (lowest
 * severity, then longest without a finding) as resolved by `system`, with an audit row.
 *
 * @param deps.onEvent - told of each step after it is stored; must not throw
 */
export function createIncidentStage(deps: {
  readonly incidents: IncidentLog
  readonly audit: AuditLog
  readonly onEvent: (event: IncidentEvent) => void
  readonly clock: () => number
  readonly metrics: Pick<Metrics, 'incidentEvents' | 'openIncidents'>
  readonly settings: IncidentSettings
}): IncidentStage {
  const { incidents, audit, clock, metrics, settings } = deps
  const { groupingWindowMs, openIncidentsMax, closedRememberedMax } = settings
  const book = createIncidentBook({ closedRememberedMax })
  const inTurn = oneAtATime()

  async function take(events: readonly IncidentEvent[]) {
    await incidents.append(events)
    for (const event of events) book.put(event.incident)
    metrics.openIncidents.set(book.activeCount)
    for (const event of events) {
      metrics.incidentEvents.inc({ kind: event.kind })
      deps.onEvent(event)
    }
  }

  async function transition(id: string, to: Transition, by: { actor: string; note: string }) {
    const incident = book.get(id)
    if (incident === undefined) return { ok: false, reason: 'unknown_incident' } as const
    const decision = decideTransition(incident, to, { ...by, atMs: clock() })
    if (!decision.ok) return decision
    // The audit row first, with an id that a second try repeats: no step without its row.
    await audit.append([auditEntry(decision.value, by.note)])
    await take([decision.value])
    return { ok: true, value: decision.value.incident } as const
  }

  async function makeRoom() {
    while (book.activeCount > openIncidentsMax) {
      const least = book.leastActive()
      if (least === undefined) return
      const note = `Closed because more than ${openIncidentsMax} incidents were active.`
      await transition(least.id, 'resolved', { actor: 'system', note })
    }
  }

  const command =
    (to: Transition) =>
    (id: string, actor: string, note = ''): Promise<TransitionResult> =>
      inTurn(() => transition(id, to, { actor, note }))

  return {
    load: () =>
      inTurn(async () => {
        const closed = await incidents.current({
          states: ['resolved', 'false_positive'],
          limit: closedRememberedMax,
        })
        const active = await incidents.current({
          states: ['open', 'acknowledged'],
          limit: openIncidentsMax,
        })
        // The store gives the newest first, the book forgets the first first.
        for (const incident of [...closed].reverse()) book.put(incident)
        for (const incident of active) book.put(incident)
        metrics.openIncidents.set(book.activeCount)
      }),

    observe: findings =>
      inTurn(async () => {
        const events = decideAll(findings, token => book.ofToken(token), {
          groupingWindowMs,
          atMs: clock(),
        })
        if (events.length === 0) return
        await take(events)
        await makeRoom()
      }),

    acknowledge: command('acknowledged'),
    resolve: command('resolved'),
    markFalsePositive: command('false_positive'),
    list: () => book.list(),
    get: id => book.get(id),
  }
}

/** Decides finding by finding, each seeing what the ones before it in the batch did. */
function decideAll(
  findings: readonly Finding[],
  knownOf: (token: string) => readonly Incident[],
  options: { readonly groupingWindowMs: number; readonly atMs: number },
): IncidentEvent[] {
  const events: IncidentEvent[] = []
  const changed = new Map<string, Incident>()
  for (const finding of findings) {
    const ofBatch = [...changed.values()].filter(({ token }) => token === finding.token)
    const ofBook = knownOf(finding.token).filter(({ id }) => !changed.has(id))
    const event = decideIncident(finding, [...ofBook, ...ofBatch], options)
    if (event === undefined) continue
    events.push(event)
    changed.set(event.incident.id, event.incident)
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
