import type { AuditEntry } from '../domain/action.ts'
import type { After } from '../lib/after.ts'
import type { Health } from '../telemetry/health.ts'
import type { Logger } from '../telemetry/logger.ts'

/** What this stage asks of a store. */
export interface AuditLog {
  append(entries: readonly AuditEntry[]): Promise<void>
}

/** Wait before an entry that the store did not take is written again. */
const REWRITE_DELAY_MS = 5_000

/** Writes the audit rows of actions. Their ids repeat when they are written again. */
export function createAuditTrail(deps: {
  readonly audit: AuditLog
  readonly health: Health
  readonly log: Logger
  readonly after: After
}) {
  const { audit, health, log, after } = deps

  async function writeEventually(entry: AuditEntry): Promise<void> {
    try {
      await audit.append([entry])
      health.set('respond.audit', true, 'recorded')
    } catch (error) {
      log.error({ audit: entry.id, err: error }, 'Audit row not written, to be written again.')
      health.set('respond.audit', false, 'audit rows cannot be written')
      after(REWRITE_DELAY_MS, () => void writeEventually(entry))
    }
  }

  return {
    /** For a decision: it must be on record before it is carried out. Rejects when it is not. */
    decided: (entry: AuditEntry): Promise<void> => audit.append([entry]),
    /** For what has happened: written until the store takes it. Never rejects. */
    happened: writeEventually,
  }
}

export type AuditTrail = ReturnType<typeof createAuditTrail>
