import { join } from 'node:path'
import type { Settings } from './settings.ts'

/** Settings of the store; without a folder of its own the embedded server is in the data folder. */
export const storeSettings = ({ store, dataDir }: Settings) => ({
  ...store,
  dataDir: store.dataDir === '' ? join(dataDir, 'clickhouse') : store.dataDir,
})
