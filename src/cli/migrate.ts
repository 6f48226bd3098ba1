import { parseArgs } from 'node:util'
import { openStore } from '../store/store.ts'
import { storeSettings } from '../store-settings.ts'
import { createHealth } from '../telemetry/health.ts'
import { createLogger } from '../telemetry/logger.ts'
import { given, loadCommandSettings } from './load-command-settings.ts'

const help = `Brings the schema of the store up to this version, and stops. \`serve\` does the same by itself.

Usage: tokenwatch migrate [--config FILE] [--data-dir DIR]
`

const options = {
  config: { type: 'string' },
  'data-dir': { type: 'string' },
  help: { type: 'boolean', default: false },
} as const

/** `tokenwatch migrate`: forward only; refuses a store whose schema is newer than the program. */
export async function migrateCommand(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({ args: [...args], options })
  if (values.help) {
    process.stdout.write(help)
    return 0
  }
  const settings = loadCommandSettings({
    configFile: values.config,
    overrides: given({ dataDir: values['data-dir'] }),
  })
  const store = await openStore({
    settings: storeSettings(settings),
    log: createLogger({ level: settings.log.level }),
    health: createHealth(Date.now),
    clock: Date.now,
  })
  await store.close()
  process.stdout.write('The schema is that of this version.\n')
  return 0
}
