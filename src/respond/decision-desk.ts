import type { Action } from '../domain/action.ts'
import type { Incident } from '../domain/incident.ts'
import type { TokenRegistry } from '../domain/registered-token.ts'
import type { Result } from '../lib/result.ts'
import type { ActionLog } from './action-log.ts'
import { auditEntry } from './audit-entry.ts'
import type { AuditTrail } from './audit-trail.ts'
import { decideAction, isOutdone } from './decide-action.ts'
import { decideResumption } from './decide-resumption.ts'
import { decideStep } from './decide-step.ts'
import type { Policy } from './policy.ts'
import type { Revoker } from './revoker.ts'
import { safeguards } from './safeguards.ts'

export type ExecuteResult = Result<Action, 'unknown_action' | 'not_executable'>

/**
 * Where decisions are made and put on record, the policy's and a person's: first the audit row, then
 * the action, and only then may it be carried out. Not to be entered by two at once: both would see
 * room under a cap.
 */
export function createDecisionDesk(deps: {
  readonly policy: Policy
  readonly revokers: readonly Revoker[]
  readonly registry?: TokenRegistry | undefined
  readonly incidentOf: (id: string) => Incident | undefined
  readonly actions: ActionLog
  readonly audit: AuditTrail
  readonly clock: () => number
  readonly settings: { readonly dryRun: boolean; readonly executingMax: number }
}) {
  const { policy, incidentOf, actions, audit, clock, settings } = deps

  const step = (action: Action) => nextVersion(action, clock())
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

  function approve(
    action: Action,
    { actor, override }: { readonly actor: string; readonly override: boolean },
  ): Promise<Action> {
    const incident = incidentOf(action.incidentId)
    const obstacle = obstacleTo(deps.revokers, action.revoker, incident)
    const doubt = incident && objectionTo(incident, action.id)
    const objection = obstacle ?? (override ? undefined : doubt)
    if (objection !== undefined) return withhold({ ...action, actor }, objection)
    const reason = ownReason(action, incident, policy)
    const detail = doubt === undefined ? reason : `${reason}; overridden: ${doubt}`
    return record(step({ ...action, actor, state: 'executing', reason }), 'approved', detail)
  }

  function withhold(action: Action, objection: string): Promise<Action> {
    const reason = `withheld because ${objection}`
    return record(step({ ...action, state: 'withheld', reason }), 'withheld', reason)
  }

  async function record(action: Action, verb: string, detail: string): Promise<Action> {
    await audit.decided(auditEntry(action, verb, detail))
    return actions.put(action)
  }

  return {
    /** What the policy asks for on an incident; the new version of the action, if it is a step. */
    decide(incident: Incident): Promise<Action | undefined> {
      const planned = decideAction(incident, policy)
      if (planned === undefined) return nothing
      const ofIncident = actions.list().filter(({ incidentId }) => incidentId === incident.id)
      if (isOutdone(planned, ofIncident)) return nothing
      const mode = settings.dryRun ? 'dry-run' : planned.mode
      const obstacle =
        mode === 'dry-run' ? undefined : obstacleTo(deps.revokers, planned.revoker, incident)
      const action = decideStep(planned, actions.get(planned.id), {
        incident,
        mode,
        objection: obstacle ?? objectionTo(incident, planned.id),
        nowMs: clock(),
      })
      if (action === undefined) return nothing
      return record(action, action.state, action.reason)
    },

    /** An action of an earlier run that was under way, before it is called again: it may be withheld. */
    async resume(action: Action): Promise<Action> {
      const incident = incidentOf(action.incidentId)
      const facts = { ...settings, incident, policy, isRegisteredProtected }
      const objection = decideResumption(action, facts)
      return objection === undefined ? action : await withhold(action, objection)
    },

    /** A person's decision to carry out an action; the result is `executing` or `withheld`. */
    async approve(
      actionId: string,
      by: { readonly actor: string; readonly override: boolean },
    ): Promise<ExecuteResult> {
      const action = actions.get(actionId)
      if (action === undefined) return { ok: false, reason: 'unknown_action' }
      if (action.state === 'executing' || action.state === 'succeeded') {
        return { ok: false, reason: 'not_executable' }
      }
      return { ok: true, value: await approve(action, by) }
    },
  }
}

const nextVersion = (action: Action, updatedMs: number): Action => ({
  ...action,
  updatedMs,
  version: action.version + 1,
})

/** What no override helps against: without these there is nothing to call, or nothing to judge. */
function obstacleTo(
  revokers: readonly Revoker[],
  revoker: string,
  incident: Incident | undefined,
): string | undefined {
  if (!revokers.some(({ id }) => id === revoker)) return `the revoker ${revoker} is not configured`
  return incident === undefined ? 'its incident is no longer in memory' : undefined
}

/** Why it is done, where the action's own reason says only why it was withheld. */
function ownReason(action: Action, incident: Incident | undefined, policy: Policy): string {
  if (action.state !== 'withheld' || incident === undefined) return action.reason
  return decideAction(incident, policy)?.reason ?? incident.title
}

const nothing = Promise.resolve(undefined)
