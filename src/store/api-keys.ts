import { text, time } from './record-fields.ts'
import { createRecordTable, type TableStore } from './record-table.ts'

/** A key of the HTTP API as it is kept: its hash, never the key. */
interface StoredApiKey {
  readonly id: string
  readonly name: string
  readonly hash: string
  readonly createdMs: number
}

export interface ApiKeysTable {
  /** What is put last under an id wins. */
  put(key: StoredApiKey): Promise<void>
  /** Oldest first, at most 10,000. */
  all(): Promise<StoredApiKey[]>
}

export function createApiKeysTable(store: TableStore): ApiKeysTable {
  const table = createRecordTable<StoredApiKey>(store, 'api_keys', {
    id: text('id'),
    name: text('name'),
    hash: text('hash'),
    createdMs: time('created_at'),
  })
  return {
    put: key => table.insert([key]),
    all: () => table.select('FINAL ORDER BY created_at, id LIMIT 10000', {}),
  }
}
