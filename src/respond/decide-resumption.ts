import type { Action } from '../domain/action.ts'
import type { Incident } from '../domain/incident.ts'
import { decideAction } from './decide-action.ts'
import type { Policy } from './policy.ts'
import { protection } from './safeguards.ts'

/**
 * Why an action that an earlier run left under way must not be called again, in words to be read after
 * "withheld because ": what the policy had started goes on only if it may still be done by itself. A
 * person's decision stands.
 *
 * @param facts.incident - undefined when it is no longer in memory
 */
export function decideResumption(
  { id, actor }: Pick<Action, 'id' | 'actor'>,
  facts: {
    readonly incident: Incident | undefined
    readonly policy: Policy
    readonly isRegisteredProtected: (incident: Incident) => boolean
    readonly dryRun: boolean
  },
): string | undefined {
  const { incident, policy } = facts
  if (actor !== 'policy') return undefined
  if (facts.dryRun) return 'the dry run was switched on'
  if (incident === undefined) return undefined
  const planned = decideAction(incident, policy)
  const isAsked = planned?.id === id && planned.mode === 'auto'
  const isRegisteredProtected = facts.isRegisteredProtected(incident)
  const protectedBy = protection({ incident, policy, isRegisteredProtected })
  return protectedBy ?? (isAsked ? undefined : 'the policy no longer asks for it')
}
