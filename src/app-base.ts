import { openDeadLetters } from './app-dead-letters.ts'
import { createKeyCheck } from './app-key-check.ts'
import type { OnClose, Shared } from './app-parts.ts'
import { readRegistryFile } from './app-registry.ts'
import { openTables } from './app-tables.ts'
import { fingerprintKey } from './config/fingerprint-key.ts'
import { loadAddressDatabases } from './ingest/address-databases.ts'
import { createFingerprinter } from './normalize/fingerprint.ts'
import { createTokenRegistry } from './normalize/token-registry.ts'
import { openStore } from './store/store.ts'
import { storeSettings } from './store-settings.ts'

/** What every role needs: the store, and all that normalizing takes. */
export async function openBase(shared: Shared, onClose: OnClose) {
  const { settings, log } = shared
  const key = fingerprintKey({
    setting: settings.identity.fingerprintKey,
    dataDir: settings.dataDir,
  })
  const store = await openStore({ ...shared, settings: storeSettings(settings) })
  onClose(() => store.close())
  const tables = openTables(store)
  const registry = createTokenRegistry(await tables.tokens.all())
  const { registryFile } = settings.identity
  if (registryFile !== '')
    registry.put(readRegistryFile(registryFile, createFingerprinter(key).ofToken))

  const checkKey = createKeyCheck({ ...shared, tables, fingerprintKey: key })
  await checkKey()
  const networks = await loadAddressDatabases({ log })
  const deadLetters = openDeadLetters({ ...shared, tables })
  onClose(() => deadLetters.close())
  const parts = { store, tables, registry, networks, deadLetters }
  return { ...shared, ...parts, fingerprintKey: key, checkKey }
}

export type Base = Awaited<ReturnType<typeof openBase>>
