import type { RegisteredToken } from '../domain/registered-token.ts'
import {
  flag,
  optionalFingerprint,
  optionalText,
  optionalTextList,
  optionalTime,
} from './record-fields.ts'
import { createRecordTable, type TableStore } from './record-table.ts'

/** The registry of tokens; what is put last about a token wins. */
export interface TokensTable {
  put(tokens: readonly RegisteredToken[]): Promise<void>
  /** At most two million. */
  all(): Promise<RegisteredToken[]>
}

export function createTokensTable(store: TableStore): TokensTable {
  const table = createRecordTable<RegisteredToken>(store, 'tokens', {
    token: optionalFingerprint('token'),
    credentialId: optionalText('credential_id'),
    owner: optionalText('owner'),
    application: optionalText('application'),
    tenant: optionalText('tenant'),
    scopes: optionalTextList('scopes'),
    issuedAtMs: optionalTime('issued_at'),
    expiresAtMs: optionalTime('expires_at'),
    revokedAtMs: optionalTime('revoked_at'),
    isProtected: flag('is_protected'),
    isHoneytoken: flag('is_honeytoken'),
  })
  return {
    put: table.insert,
    all: () => table.select('FINAL ORDER BY token, credential_id LIMIT 2000000', {}),
  }
}
