import type { Action } from '../domain/action.ts'
import type { Incident } from '../domain/incident.ts'
import type { TokenRegistry } from '../domain/registered-token.ts'
import type { Result } from '../lib/result.ts'
import type { ActionLog } from './action-log.ts'
import { auditEntry } from './audit-entry.ts'
import type { AuditTrail } from './audit-trail.ts'
import { decideAction, isOutdone } from './decide-action.ts'
import { decideStep } from './decide-step.ts'
import type { Policy } from './policy.ts'
import type { Revoker } from './revoker.ts'
import { safeguards } from './safeguards.ts'

export type ExecuteResult = Result<
  Action,
  'unknown_action' | 'unknown_incident' | 'not_executable' | 'revoker_not_configured'
>

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

  const objectionTo = (incident: Incident, id: string) =>
    safeguards({
      incident,
      policy,
      isRegisteredProtected:
        deps.registry?.find(incident.token, incident.credentialId)?.isProtected === true,
      others: actions.list().filter(action => action.id !== id),
      executingMax: settings.executingMax,
      nowMs: clock(),
    })

  async function approve(
    action: Action,
    incident: Incident,
    { actor, override }: { readonly actor: string; readonly override: boolean },
  ): Promise<Action> {
    const objection = objectionTo(incident, action.id)
    const isWithheld = objection !== undefined && !override
    const reason = isWithheld
      ? `withheld because ${objection}`
      : ownReason(action, incident, policy)
    const next: Action = {
      ...action,
      state: isWithheld ? 'withheld' : 'executing',
      reason,
      actor,
      updatedMs: clock(),
      version: action.version + 1,
    }
    const overridden = objection !== undefined && override ? `; overridden: ${objection}` : ''
    const verb = isWithheld ? 'withheld' : 'approved'
    await audit.decided(auditEntry(next, verb, `${reason}${overridden}`))
    return actions.put(next)
  }

  return {
    /** What the policy asks for on an incident; the new version of the action, if it is a step. */
    async decide(incident: Incident): Promise<Action | undefined> {
      const planned = decideAction(incident, policy)
      if (planned === undefined) return undefined
      const ofIncident = actions.list().filter(({ incidentId }) => incidentId === incident.id)
      if (isOutdone(planned, ofIncident)) return undefined
      const action = decideStep(planned, actions.get(planned.id), {
        incident,
        mode: settings.dryRun ? 'dry-run' : planned.mode,
        objection: objectionTo(incident, planned.id),
        nowMs: clock(),
      })
      if (action === undefined) return undefined
      await audit.decided(auditEntry(action, action.state, action.reason))
      return actions.put(action)
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
      if (!deps.revokers.some(({ id }) => id === action.revoker)) {
        return { ok: false, reason: 'revoker_not_configured' }
      }
      const incident = incidentOf(action.incidentId)
      if (incident === undefined) return { ok: false, reason: 'unknown_incident' }
      return { ok: true, value: await approve(action, incident, by) }
    },
  }
}

/** Why it is done, where the action's own reason says only why it was withheld. */
function ownReason(action: Action, incident: Incident, policy: Policy): string {
  if (action.state !== 'withheld') return action.reason
  return decideAction(incident, policy)?.reason ?? incident.title
}
