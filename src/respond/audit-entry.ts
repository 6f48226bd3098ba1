import type { Action, AuditEntry } from '../domain/action.ts'

/** The audit row of one version of an action; written twice, it is one row. */
export const auditEntry = (action: Action, verb: string, detail: string): AuditEntry => ({
  id: `action.${verb}:${action.id}-${action.version}`,
  atMs: action.updatedMs,
  actor: action.actor,
  verb: `action.${verb}`,
  subject: `action:${action.id}`,
  tenant: action.tenant,
  detail,
})
