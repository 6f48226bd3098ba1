import type { Action } from '../domain/action.ts'
import type { Incident } from '../domain/incident.ts'

const EVIDENCE_MAX = 5

/**
 * The body of a revocation webhook: what to do to which credential, and why. The token is named by
 * our fingerprint and the gateway's own ids; its value is not known here.
 */
export function renderRevocation(action: Action, incident: Incident | undefined): string {
  return JSON.stringify({
    type: `token.${action.kind}`,
    timestamp: new Date(action.requestedMs).toISOString(),
    data: {
      actionId: action.id,
      incidentId: action.incidentId,
      token: action.token,
      tokenHint: action.tokenHint,
      credentialId: action.credentialId,
      consumer: action.consumer,
      application: action.application,
      tenant: action.tenant,
      gateway: action.gateway,
      reason: action.reason,
      rule: action.rule,
      actor: action.actor,
      ...(incident !== undefined && reasons(incident)),
    },
  })
}

/** `source` is what a restriction is about: the network from which the token is misused. */
function reasons({ severity, risk, evidence, trigger }: Incident) {
  return {
    severity,
    risk,
    source: {
      ip: trigger.ip,
      prefix: trigger.prefix,
      asn: trigger.asn,
      country: trigger.country,
    },
    evidence: evidence.slice(0, EVIDENCE_MAX).map(({ detector, text }) => ({ detector, text })),
  }
}
