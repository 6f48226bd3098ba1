import { openChannels } from './alert/channels/index.ts'
import { createDispatcher, type Dispatcher } from './alert/dispatcher.ts'
import { createIncidentStage, type IncidentStage } from './alert/incident-stage.ts'
import { after, type Shared } from './app-parts.ts'
import type { Tables } from './app-tables.ts'
import type { Action } from './domain/action.ts'
import type { Finding } from './domain/finding.ts'
import type { Incident, IncidentEvent } from './domain/incident.ts'
import type { TokenRegistry } from './domain/registered-token.ts'
import { within } from './lib/within.ts'
import {
  type ContainmentTracker,
  createContainment,
  type StillServing,
} from './respond/containment.ts'
import { loadPolicy } from './respond/load-policy.ts'
import { createResponder, type Responder } from './respond/responder.ts'
import { openRevokers } from './respond/revokers/index.ts'
import type { Leases } from './store/leases.ts'
import type { Logger } from './telemetry/logger.ts'

interface ResponseParts extends Shared {
  readonly tables: Tables
  readonly leases: Leases
  readonly registry: TokenRegistry
}

/** Time for deliveries and calls under way when the program stops, and then for the last rows. */
const DRAIN_MS = 1_500
const FLUSH_MS = 1_000

/** From a finding to an incident, to people, to an action and to the proof that it worked. */
export function openResponse(deps: ResponseParts) {
  const { settings, tables, leases, clock, log } = deps
  const shared = { ...deps, after, random: Math.random, owner: leases.holder }
  const incidents = createIncidentStage({
    ...deps,
    incidents: tables.incidents,
    audit: tables.audit,
    settings: settings.alert.incidents,
    exclusively: work => leases.exclusively('incidents', work),
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
    incidentOf: incidents.find,
    exclusively: work => leases.exclusively('actions', work),
    containment,
    onAction: tellOfFailure,
    settings: { dryRun, retryDelaysMs, executingMax, actionsRememberedMax },
  })

  function followUp(event: IncidentEvent, before: Incident | undefined) {
    containment.track(event.incident)
    dispatcher.notify(event, before)
    void responder.onIncident(event) // never rejects
  }

  const told = { incidents, log }

  function pageAgain({ action, node }: StillServing) {
    void withIncident(action, told, incident =>
      dispatcher.notifyAction({ kind: 'still_serving', incident, action, node }),
    )
  }

  function tellOfFailure(action: Action) {
    if (action.state !== 'failed') return
    void withIncident(action, told, incident =>
      dispatcher.notifyAction({ kind: 'action_failed', incident, action }),
    )
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
    ...lifeCycle({ incidents, dispatcher, containment, responder, leases }),
  }
}

async function withIncident(
  { id: actionId, incidentId }: Action,
  { incidents, log }: { readonly incidents: IncidentStage; readonly log: Logger },
  tell: (incident: Incident) => void,
): Promise<void> {
  try {
    const incident = await incidents.find(incidentId)
    if (incident !== undefined) tell(incident)
    else log.warn({ actionId }, 'Incident of an action is no longer stored.')
  } catch (error) {
    log.error({ actionId, err: error }, 'Incident of an action not read: nobody told.')
  }
}

interface Parts {
  readonly incidents: IncidentStage
  readonly dispatcher: Dispatcher
  readonly containment: ContainmentTracker
  readonly responder: Responder
  readonly leases: Leases
}

function lifeCycle({ incidents, dispatcher, containment, responder, leases }: Parts) {
  const active = () => incidents.list().filter(isActive)

  /** Takes in what other processes did, before a stream that was theirs is listened to. */
  async function refresh(): Promise<void> {
    if (leases.isAlone) return
    for (const incident of await incidents.refresh()) {
      if (isActive(incident)) containment.track(incident)
    }
    await responder.refresh()
    await containment.refresh()
  }

  /** Only one process at a time takes over: else two would take the same. */
  const takingOver = (work: (living: ReadonlySet<string>) => Promise<void>) =>
    leases.exclusively('take-over', async () => work(await leases.living()))

  return {
    refresh,
    /** Goes on where the last run stopped; before the first event. */
    async recover(): Promise<void> {
      await incidents.load()
      for (const incident of active()) containment.track(incident)
      await takingOver(async living => {
        await dispatcher.recover(active(), living)
        await responder.recover(active(), living)
      })
    },
    /** Tells the others that this process lives, and sees to what one that does not has left. */
    async takeOver(): Promise<void> {
      await leases.announce()
      await refresh()
      await takingOver(async living => {
        await dispatcher.recover(active(), living)
        await responder.takeOver(active(), living)
      })
    },
    async close(): Promise<void> {
      await Promise.all([dispatcher.drain(DRAIN_MS), responder.drain()])
      await within(FLUSH_MS, after, containment.flush())
      containment.close()
      await Promise.all([dispatcher.close(), responder.close()])
    },
  }
}

export type Response = ReturnType<typeof openResponse>

const isActive = ({ state }: Incident) => state === 'open' || state === 'acknowledged'
