import { openChannels } from './alert/channels/index.ts'
import { createDispatcher, type Dispatcher } from './alert/dispatcher.ts'
import { createIncidentStage, type IncidentStage } from './alert/incident-stage.ts'
import type { Shared } from './app-parts.ts'
import type { Tables } from './app-tables.ts'
import type { Action } from './domain/action.ts'
import type { Finding } from './domain/finding.ts'
import type { Incident, IncidentEvent } from './domain/incident.ts'
import type { TokenRegistry } from './domain/registered-token.ts'
import type { After } from './lib/after.ts'
import { within } from './lib/within.ts'
import {
  type ContainmentTracker,
  createContainment,
  type StillServing,
} from './respond/containment.ts'
import { loadPolicy } from './respond/load-policy.ts'
import { createResponder, type Responder } from './respond/responder.ts'
import { openRevokers } from './respond/revokers/index.ts'

interface ResponseParts extends Shared {
  readonly tables: Tables
  readonly registry: TokenRegistry
}

const after: After = (delayMs, run) => {
  const timer = setTimeout(run, delayMs)
  return () => clearTimeout(timer)
}

/** Time for deliveries and calls under way when the program stops, and then for the last rows. */
const DRAIN_MS = 1_500
const FLUSH_MS = 1_000

/** From a finding to an incident, to people, to an action and to the proof that it worked. */
export function openResponse(deps: ResponseParts) {
  const { settings, tables, clock, log } = deps
  const shared = { ...deps, after, random: Math.random }
  const incidents = createIncidentStage({
    ...deps,
    incidents: tables.incidents,
    audit: tables.audit,
    settings: settings.alert.incidents,
    onEvent: followUp,
  })
  const dispatcher = createDispatcher({
    ...shared,
    channels: openChannels(settings.alert.channels, {
      clock,
      consoleUrl: settings.alert.consoleUrl,
    }),
    deliveries: tables.deliveries,
    audit: tables.audit,
    settings: settings.alert.dispatch,
  })
  const containment = createContainment({
    ...shared,
    store: tables.containment,
    nodesOf: async token => (await tables.summaries.profile(token)).nodes,
    onStillServing: pageAgain,
    settings: settings.respond.containment,
  })
  const { dryRun, retryDelaysMs, executingMax, actionsRememberedMax } = settings.respond
  const responder = createResponder({
    ...shared,
    policy: loadPolicy(settings.respond),
    revokers: openRevokers(settings.respond.revokers, { clock }),
    actions: tables.actions,
    audit: tables.audit,
    incidentOf: incidents.get,
    containment,
    onAction: tellOfFailure,
    settings: { dryRun, retryDelaysMs, executingMax, actionsRememberedMax },
  })

  function followUp(event: IncidentEvent) {
    containment.track(event.incident)
    dispatcher.notify(event)
    void responder.onIncident(event) // never rejects
  }

  function pageAgain({ action, node }: StillServing) {
    withIncident(action, incident =>
      dispatcher.notifyAction({ kind: 'still_serving', incident, action, node }),
    )
  }

  function tellOfFailure(action: Action) {
    if (action.state !== 'failed') return
    withIncident(action, incident =>
      dispatcher.notifyAction({ kind: 'action_failed', incident, action }),
    )
  }

  function withIncident(action: Action, tell: (incident: Incident) => void) {
    const incident = incidents.get(action.incidentId)
    if (incident !== undefined) tell(incident)
    else log.warn({ actionId: action.id }, 'Incident of an action is no longer in memory.')
  }

  return {
    incidents,
    dispatcher,
    containment,
    responder,
    openIncidentCount: () => incidents.list().filter(isActive).length,
    /** Keeps the findings, then groups the alerts among them. Repetitions do no harm. */
    async deliverFindings(findings: readonly Finding[]): Promise<void> {
      await tables.findings.append(findings)
      for (const { severity } of findings) deps.metrics.findings.inc({ severity })
      await incidents.observe(findings)
    },
    ...lifeCycle({ incidents, dispatcher, containment, responder }),
  }
}

interface Parts {
  readonly incidents: IncidentStage
  readonly dispatcher: Dispatcher
  readonly containment: ContainmentTracker
  readonly responder: Responder
}

const lifeCycle = ({ incidents, dispatcher, containment, responder }: Parts) => ({
  /** Goes on where the last run stopped; before the first event. */
  async recover(): Promise<void> {
    await incidents.load()
    const active = incidents.list().filter(isActive)
    for (const incident of active) containment.track(incident)
    await dispatcher.recover(active)
    await responder.recover(active)
  },
  async close(): Promise<void> {
    await Promise.all([dispatcher.drain(DRAIN_MS), responder.drain()])
    await within(FLUSH_MS, after, containment.flush())
    containment.close()
    await Promise.all([dispatcher.close(), responder.close()])
  },
})

export type Response = ReturnType<typeof openResponse>

const isActive = ({ state }: Incident) => state === 'open' || state === 'acknowledged'
