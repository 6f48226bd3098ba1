import type { Action, ActionMode, ActionState } from '../domain/action.ts'
import type { Incident } from '../domain/incident.ts'
import type { PlannedAction } from './decide-action.ts'

/** States that a policy may leave for a higher one, lowest first. The others are not its business. */
const ladder: readonly ActionState[] = ['withheld', 'planned', 'awaiting', 'executing']

/**
 * The next version of an action that a policy asks for, or nothing when it is no step up: what was
 * planned may come to be carried out, what is under way or done stays as it is.
 *
 * @param objection - of the safeguards, if they have one
 */
export function decideStep(
  planned: PlannedAction,
  held: Action | undefined,
  context: {
    readonly incident: Incident
    readonly mode: ActionMode
    readonly objection: string | undefined
    readonly nowMs: number
  },
): Action | undefined {
  const { incident, mode, objection, nowMs } = context
  const state = objection === undefined ? stateOf(mode) : 'withheld'
  const reason = objection === undefined ? planned.reason : `withheld because ${objection}`
  if (held !== undefined && !isStep(held, state, reason)) return undefined
  return {
    id: planned.id,
    incidentId: incident.id,
    kind: planned.kind,
    mode,
    state,
    revoker: planned.revoker,
    token: incident.token,
    tokenHint: incident.tokenHint,
    credentialId: incident.credentialId,
    consumer: incident.consumer,
    application: incident.application,
    tenant: incident.tenant,
    gateway: incident.trigger.gateway,
    rule: planned.rule,
    reason,
    actor: 'policy',
    attempts: held?.attempts ?? 0,
    owner: held?.owner ?? '',
    lastOutcome: held?.lastOutcome ?? '',
    requestedMs: held?.requestedMs ?? nowMs,
    updatedMs: nowMs,
    effectiveMs: undefined,
    version: (held?.version ?? 0) + 1,
  }
}

function stateOf(mode: ActionMode): ActionState {
  switch (mode) {
    case 'dry-run':
      return 'planned'
    case 'approve':
      return 'awaiting'
    case 'auto':
      return 'executing'
  }
}

/** Up the ladder; or still withheld, for another reason. */
function isStep(held: Action, state: ActionState, reason: string): boolean {
  const from = ladder.indexOf(held.state)
  if (from === -1 || held.state === 'executing') return false
  if (held.state === 'withheld' && state === 'withheld') return held.reason !== reason
  return ladder.indexOf(state) > from
}
