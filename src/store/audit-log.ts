import type { AuditEntry } from '../domain/action.ts'
import { text, time } from './record-fields.ts'
import { createRecordTable, type TableStore, where } from './record-table.ts'

/** Every decision, also of those not to act. An entry that is appended again is one row. */
export interface AuditLogTable {
  append(entries: readonly AuditEntry[]): Promise<void>
  /** Newest first. */
  list(filter: {
    readonly subject?: string | undefined
    readonly limit: number
  }): Promise<AuditEntry[]>
}

export function createAuditLogTable(store: TableStore): AuditLogTable {
  const table = createRecordTable<AuditEntry>(store, 'audit_log', {
    id: text('id'),
    atMs: time('at'),
    actor: text('actor'),
    verb: text('verb'),
    subject: text('subject'),
    tenant: text('tenant'),
    detail: text('detail'),
  })
  return {
    append: table.insert,
    list({ subject, limit }) {
      const conditions = where(subject !== undefined && 'subject = {subject:String}')
      return table.select(`FINAL ${conditions} ORDER BY at DESC, id LIMIT {limit:UInt32}`, {
        subject,
        limit,
      })
    },
  }
}
