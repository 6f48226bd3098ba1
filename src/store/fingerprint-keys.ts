import { text, time } from './record-fields.ts'
import { createRecordTable, type TableStore } from './record-table.ts'

/** A key that names tokens, by its id. */
interface UsedKey {
  readonly keyId: string
  readonly usedMs: number
}

/** Keys that name tokens in this store; one that is not used for a week is forgotten. */
export interface FingerprintKeysTable {
  put(key: UsedKey): Promise<void>
  /** Used since then, at most a hundred. */
  usedSince(ms: number): Promise<UsedKey[]>
}

export function createFingerprintKeysTable(store: TableStore): FingerprintKeysTable {
  const table = createRecordTable<UsedKey>(store, 'fingerprint_keys', {
    keyId: text('key_id'),
    usedMs: time('used_at'),
  })
  return {
    put: key => table.insert([key]),
    usedSince: ms =>
      table.select(
        'FINAL WHERE used_at >= fromUnixTimestamp64Milli({ms:Int64}) ORDER BY key_id LIMIT 100',
        { ms },
      ),
  }
}
