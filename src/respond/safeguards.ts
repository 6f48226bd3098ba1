import type { Action } from '../domain/action.ts'
import type { Incident } from '../domain/incident.ts'
import { independentDetectors } from './evidence-groups.ts'
import type { Policy } from './policy.ts'

const HOUR_MS = 3_600_000

/** What the safeguards look at. */
export interface SafeguardFacts {
  readonly incident: Incident
  readonly policy: Policy
  /** The registry says: never touch this token. */
  readonly isRegisteredProtected: boolean
  /** Other actions of all tokens, at least those of the last hour. */
  readonly others: readonly Action[]
  readonly executingMax: number
  readonly nowMs: number
}

/**
 * Why an action must not be carried out, or nothing. In this order: protected tokens, minimum
 * evidence, caps per hour and tenant, the breaker. The first objection is the one that is told.
 *
 * @returns the objection in words, to be read after "withheld because "
 */
export function safeguards(facts: SafeguardFacts): string | undefined {
  for (const check of checks) {
    const objection = check(facts)
    if (objection !== undefined) return objection
  }
  return undefined
}

type Check = (facts: SafeguardFacts) => string | undefined

/** Why a token must never be touched, if so; in words, as `safeguards` returns them. */
export function protection({
  incident,
  policy,
  isRegisteredProtected,
}: Pick<SafeguardFacts, 'incident' | 'policy' | 'isRegisteredProtected'>): string | undefined {
  const { tokens, credentialIds, consumers } = policy.protected
  if (isRegisteredProtected) return 'the token registry protects this token'
  if (tokens.includes(incident.token)) return 'the policy protects this token'
  if (incident.credentialId !== undefined && credentialIds.includes(incident.credentialId)) {
    return 'the policy protects this credential'
  }
  if (incident.consumer !== undefined && consumers.includes(incident.consumer)) {
    return 'the policy protects this consumer'
  }
  return undefined
}

const minimumEvidence: Check = ({ incident, policy }) => {
  if (policy.certainDetectors.some(detector => incident.detectors.includes(detector))) {
    return undefined
  }
  const found = independentDetectors(incident.evidence)
  if (found >= policy.minimumDetectors) return undefined
  return `${found} independent ${found === 1 ? 'detector has' : 'detectors have'} spoken and ${policy.minimumDetectors} are needed`
}

/** Calls count from their last step, so one that goes on being retried goes on counting. */
const isCall = ({ state }: Action) =>
  state === 'executing' || state === 'succeeded' || state === 'failed'

const caps: Check = ({ incident, policy, others, executingMax, nowMs }) => {
  const calls = others.filter(action => isCall(action) && action.updatedMs > nowMs - HOUR_MS)
  const { actionsPerHour, actionsPerHourPerTenant } = policy.caps
  if (calls.length >= actionsPerHour) {
    return `${calls.length} actions were carried out within an hour, and the cap is ${actionsPerHour}`
  }
  const ofTenant = calls.filter(({ tenant }) => tenant === incident.tenant).length
  if (ofTenant >= actionsPerHourPerTenant) {
    return `${ofTenant} actions were carried out for this tenant within an hour, and the cap is ${actionsPerHourPerTenant}`
  }
  const executing = others.filter(({ state }) => state === 'executing').length
  return executing >= executingMax ? `${executing} actions are under way already` : undefined
}

/**
 * Stops all automation when something else than a stolen token must be the matter: a flood of
 * requests, or a revoker that fails whatever it is asked. It closes when the hour has passed.
 */
const breaker: Check = ({ policy, others, nowMs }) => {
  const { breakerRequestsPerHour, breakerFailures } = policy.caps
  const requests = others.filter(
    ({ mode, requestedMs }) => mode === 'auto' && requestedMs > nowMs - HOUR_MS,
  ).length
  if (requests >= breakerRequestsPerHour) {
    return `the breaker is open: ${requests} automatic actions were asked for within an hour`
  }
  const finished = others
    .filter(({ state }) => state === 'succeeded' || state === 'failed')
    .sort((one, other) => other.updatedMs - one.updatedMs)
    .slice(0, Math.max(1, breakerFailures))
  const haveFailed =
    finished.length >= Math.max(1, breakerFailures) &&
    finished.every(({ state, updatedMs }) => state === 'failed' && updatedMs > nowMs - HOUR_MS)
  return haveFailed ? `the breaker is open: the last ${finished.length} actions failed` : undefined
}

const checks: readonly Check[] = [protection, minimumEvidence, caps, breaker]
