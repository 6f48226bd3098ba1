import type { Finding } from '../domain/finding.ts'
import type { Incident, IncidentEvent, IncidentState } from '../domain/incident.ts'
import { oneAtATime } from '../lib/one-at-a-time.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import type { Transition } from './decide-transition.ts'
import { createIncidentBook } from './incident-book.ts'
import {
  type AuditLog,
  createIncidentSteps,
  type IncidentLog,
  type TransitionResult,
} from './incident-steps.ts'
import type { IncidentSettings } from './settings.ts'

/** What this stage asks of a store. */
interface IncidentReader extends IncidentLog {
  current(query: {
    readonly states?: readonly IncidentState[]
    readonly changedSinceMs?: number
    readonly limit: number
  }): Promise<readonly Incident[]>
}

export interface IncidentStage {
  /** Reads the incidents of earlier runs; before anything else. */
  load(): Promise<void>
  /**
   * Reads what other processes have done since the last time.
   *
   * @returns incidents that are new here, or in a new version
   */
  refresh(): Promise<readonly Incident[]>
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
  /** From memory, or as it is stored. */
  find(id: string): Promise<Incident | undefined>
}

/** Clocks of processes differ, and a row may take a while to be stored: so much is read again. */
const REFRESH_OVERLAP_MS = 120_000

/**
 * The incidents of all tokens and their life cycle. One step at a time in all processes, each decided on
 * what is stored, so that two streams with findings of one token cannot open two incidents, and no two
 * steps have one version.
 *
 * At most `openIncidentsMax` are active: the one beyond it closes the least of the others (lowest
 * severity, then longest without a finding) as resolved by `system`, with an audit row.
 *
 * @param deps.exclusively - does the work while no other process does any; what it is handed throws when
 *   that may be over
 * @param deps.onEvent - told of each step after it is stored, with the incident before it; must not throw
 */
export function createIncidentStage(deps: {
  readonly incidents: IncidentReader
  readonly audit: AuditLog
  readonly exclusively: <Value>(work: (stillAlone: () => void) => Promise<Value>) => Promise<Value>
  readonly onEvent: (event: IncidentEvent, before: Incident | undefined) => void
  readonly clock: () => number
  readonly metrics: Pick<Metrics, 'incidentEvents' | 'openIncidents' | 'queues'>
  readonly settings: IncidentSettings
}): IncidentStage {
  const { incidents, clock, settings } = deps
  const { openIncidentsMax, closedRememberedMax } = settings
  const book = createIncidentBook({ closedRememberedMax })
  const steps = createIncidentSteps({ ...deps, ...settings, book })
  const inTurn = oneAtATime()
  let refreshedMs = 0

  async function makeRoom() {
    while (book.activeCount > openIncidentsMax) {
      const least = book.leastActive()
      if (least === undefined) return
      deps.metrics.queues.wasFull('open incidents')
      const note = `Closed because more than ${openIncidentsMax} incidents were active.`
      const closed = await steps.transition(least.id, 'resolved', { actor: 'system', note })
      if (!closed.ok && closed.reason === 'unknown_incident') return
    }
  }

  const command =
    (to: Transition) =>
    (id: string, actor: string, note = ''): Promise<TransitionResult> =>
      inTurn(() => steps.transition(id, to, { actor, note }))

  return {
    load: () =>
      inTurn(async () => {
        refreshedMs = clock()
        const closed = await incidents.current({
          states: ['resolved', 'false_positive'],
          limit: closedRememberedMax,
        })
        const active = await incidents.current({
          states: ['open', 'acknowledged'],
          limit: openIncidentsMax,
        })
        // The store gives the newest first, the book forgets the first first.
        steps.learn([...[...closed].reverse(), ...active])
      }),

    refresh: () =>
      inTurn(async () => {
        const nowMs = clock()
        const changed = await incidents.current({
          changedSinceMs: Math.max(0, refreshedMs - REFRESH_OVERLAP_MS),
          limit: openIncidentsMax + closedRememberedMax,
        })
        refreshedMs = nowMs
        return steps.learn([...changed].reverse())
      }),

    observe: findings =>
      inTurn(async () => {
        const alerts = findings.filter(steps.isNews)
        if (alerts.length === 0) return
        await steps.group(alerts)
        await makeRoom()
      }),

    acknowledge: command('acknowledged'),
    resolve: command('resolved'),
    markFalsePositive: command('false_positive'),
    list: () => book.list(),
    find: async id => book.get(id) ?? (await incidents.get(id)),
  }
}
