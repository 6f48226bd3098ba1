import type { Action } from '../domain/action.ts'
import type { Incident } from '../domain/incident.ts'
import type { TokenRegistry } from '../domain/registered-token.ts'
import type { ActionLog } from './action-log.ts'
import { decideAction, isOutdone } from './decide-action.ts'
import { decideStep } from './decide-step.ts'
import { obstacleTo } from './obstacle.ts'
import type { Policy } from './policy.ts'
import type { Revoker } from './revoker.ts'
import { safeguards } from './safeguards.ts'

/** What the policy asks for, given the actions in memory. Decides and does nothing. */
export function createPolicyView(deps: {
  readonly policy: Policy
  readonly revokers: readonly Revoker[]
  readonly registry?: TokenRegistry | undefined
  readonly actions: ActionLog
  readonly clock: () => number
  readonly settings: { readonly dryRun: boolean; readonly executingMax: number }
}) {
  const { policy, actions, clock, settings } = deps

  const isRegisteredProtected = ({ token, credentialId }: Incident) =>
    deps.registry?.find(token, credentialId)?.isProtected === true

  const objectionTo = (incident: Incident, id: string) =>
    safeguards({
      incident,
      policy,
      isRegisteredProtected: isRegisteredProtected(incident),
      others: actions.list().filter(action => action.id !== id),
      executingMax: settings.executingMax,
      nowMs: clock(),
    })

  /** What the policy asks for on an incident, unless as much was done on it. */
  function plan(incident: Incident) {
    const planned = decideAction(incident, policy)
    const ofIncident = actions.list().filter(({ incidentId }) => incidentId === incident.id)
    return planned === undefined || isOutdone(planned, ofIncident) ? undefined : planned
  }

  function nextStep(incident: Incident): Action | undefined {
    const planned = plan(incident)
    if (planned === undefined) return undefined
    const mode = settings.dryRun ? 'dry-run' : planned.mode
    const obstacle =
      mode === 'dry-run' ? undefined : obstacleTo(deps.revokers, planned.revoker, incident)
    return decideStep(planned, actions.get(planned.id), {
      incident,
      mode,
      objection: obstacle ?? objectionTo(incident, planned.id),
      nowMs: clock(),
    })
  }

  return {
    isRegisteredProtected,
    /** Why an action must not be carried out now, in words. */
    objectionTo,
    /** The new version of the action that the policy asks for, if it is a step. */
    nextStep,
    /** Whether nothing is on record of what the policy asks for. */
    isUndecided(incident: Incident): boolean {
      const planned = plan(incident)
      return planned !== undefined && actions.get(planned.id) === undefined
    },
  }
}
