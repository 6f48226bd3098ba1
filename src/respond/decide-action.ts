import { createHash } from 'node:crypto'
import { type Action, type ActionKind, type ActionMode, actionKinds } from '../domain/action.ts'
import { severities } from '../domain/finding.ts'
import type { Incident } from '../domain/incident.ts'
import type { Policy, PolicyRule } from './policy.ts'

/** Reasons of an incident that go into the reason of an action. */
const REASON_EVIDENCE_MAX = 3
const REASON_LENGTH_MAX = 1_000

/** What the policy asks for, before any safeguard is heard. */
export interface PlannedAction {
  readonly id: string
  readonly kind: ActionKind
  readonly revoker: string
  readonly mode: ActionMode
  readonly rule: string
  readonly reason: string
}

/** The action of the first rule that applies to an incident, or none. */
export function decideAction(incident: Incident, policy: Policy): PlannedAction | undefined {
  const rule = policy.rules.find(({ match }) => applies(match, incident))
  if (rule === undefined) return undefined
  return {
    id: actionId(incident.id, rule.action, rule.revoker),
    kind: rule.action,
    revoker: rule.revoker,
    mode: rule.mode,
    rule: rule.name,
    reason: reasonOf(rule, incident),
  }
}

/**
 * Deterministic: deciding the same again is the same action, and its call has the same idempotency
 * key. Without a full stop, because it is also the id of a signed webhook.
 */
function actionId(incidentId: string, kind: ActionKind, revoker: string): string {
  const text = `${incidentId} ${kind} ${revoker}`
  return `act_${createHash('sha256').update(text).digest('hex').slice(0, 24)}`
}

/** Whether something at least as strong was done, or is being done, on the same incident. */
export function isOutdone(planned: PlannedAction, others: readonly Action[]): boolean {
  const strength = (kind: ActionKind) => actionKinds.indexOf(kind)
  return others.some(
    ({ id, kind, state }) =>
      id !== planned.id &&
      (state === 'executing' || state === 'succeeded') &&
      strength(kind) >= strength(planned.kind),
  )
}

function applies(match: PolicyRule['match'], incident: Incident): boolean {
  const { riskMin = 0, severityMin = 'low', entity = 'token' } = match
  const isListed = (list: readonly string[] | undefined, value: string) =>
    list === undefined || list.includes(value)
  return (
    incident.entity === entity &&
    incident.risk >= riskMin &&
    severities.indexOf(incident.severity) >= severities.indexOf(severityMin) &&
    isListed(match.tenants, incident.tenant) &&
    isListed(match.networkTypes, incident.trigger.networkType) &&
    (match.detectorsAny === undefined ||
      match.detectorsAny.some(detector => incident.detectors.includes(detector)))
  )
}

function reasonOf({ name }: PolicyRule, { severity, risk, evidence }: Incident): string {
  const reasons = evidence.slice(0, REASON_EVIDENCE_MAX).map(({ text }) => text)
  const why = `rule ${name}: ${severity}, risk ${Math.round(risk)} of 100`
  return [why, ...reasons].join('; ').slice(0, REASON_LENGTH_MAX)
}
