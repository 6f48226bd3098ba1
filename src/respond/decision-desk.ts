import type { Action } from '../domain/action.ts'
import type { Incident } from '../domain/incident.ts'
import type { TokenRegistry } from '../domain/registered-token.ts'
import type { Result } from '../lib/result.ts'
import type { ActionLog } from './action-log.ts'
import { auditEntry } from './audit-entry.ts'
import type { AuditTrail } from './audit-trail.ts'
import { decideAction } from './decide-action.ts'
import { decideResumption } from './decide-resumption.ts'
import { obstacleTo } from './obstacle.ts'
import type { Policy } from './policy.ts'
import { createPolicyView } from './policy-view.ts'
import type { Revoker } from './revoker.ts'

export type ExecuteResult = Result<Action, 'unknown_action' | 'not_executable'>

/**
 * Where decisions are made and put on record, the policy's and a person's: first the audit row, then
 * the action, and only then may it be carried out. Not to be entered by two at once, in whatever process:
 * both would see room under a cap. The actions in memory must be those that are stored.
 */
export function createDecisionDesk(deps: {
  readonly policy: Policy
  readonly revokers: readonly Revoker[]
  readonly registry?: TokenRegistry | undefined
  readonly incidentOf: (id: string) => Promise<Incident | undefined>
  readonly actions: ActionLog
  readonly audit: AuditTrail
  /** This process. */
  readonly owner: string
  readonly clock: () => number
  readonly settings: { readonly dryRun: boolean; readonly executingMax: number }
}) {
  const { policy, incidentOf, actions, audit, clock, settings } = deps

  const step = (action: Action) => nextVersion(action, clock())
  const view = createPolicyView(deps)

  async function approve(
    action: Action,
    { actor, override }: { readonly actor: string; readonly override: boolean },
  ): Promise<Action> {
    const incident = await incidentOf(action.incidentId)
    const obstacle = obstacleTo(deps.revokers, action.revoker, incident)
    const doubt = incident && view.objectionTo(incident, action.id)
    const objection = obstacle ?? (override ? undefined : doubt)
    if (objection !== undefined) return await withhold({ ...action, actor }, objection)
    const reason = ownReason(action, incident, policy)
    const detail = doubt === undefined ? reason : `${reason}; overridden: ${doubt}`
    return await record(step({ ...action, actor, state: 'executing', reason }), 'approved', detail)
  }

  function withhold(action: Action, objection: string): Promise<Action> {
    const reason = `withheld because ${objection}`
    return record(step({ ...action, state: 'withheld', reason }), 'withheld', reason)
  }

  async function record(decided: Action, verb: string, detail: string): Promise<Action> {
    const action = decided.state === 'executing' ? { ...decided, owner: deps.owner } : decided
    await audit.decided(auditEntry(action, verb, detail))
    return actions.put(action)
  }

  return {
    /** Whether there is something to decide, by the actions in memory. */
    isDue: (incident: Incident): boolean => view.nextStep(incident) !== undefined,

    isUndecided: view.isUndecided,

    /** What the policy asks for on an incident; the new version of the action, if it is a step. */
    decide(incident: Incident): Promise<Action | undefined> {
      const action = view.nextStep(incident)
      return action === undefined ? nothing : record(action, action.state, action.reason)
    },

    /** An action that a process which has ended left under way, before it is called again: or withheld. */
    async resume(action: Action): Promise<Action> {
      const incident = await incidentOf(action.incidentId)
      const facts = { ...settings, ...view, incident, policy }
      const objection = decideResumption(action, facts)
      if (objection !== undefined) return await withhold(action, objection)
      return await record(step(action), 'resumed', 'its process has ended')
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

export type DecisionDesk = ReturnType<typeof createDecisionDesk>

const nextVersion = (action: Action, updatedMs: number): Action => ({
  ...action,
  updatedMs,
  version: action.version + 1,
})

/** Why it is done, where the action's own reason says only why it was withheld. */
function ownReason(action: Action, incident: Incident | undefined, policy: Policy): string {
  if (action.state !== 'withheld' || incident === undefined) return action.reason
  return decideAction(incident, policy)?.reason ?? incident.title
}

const nothing = Promise.resolve(undefined)
