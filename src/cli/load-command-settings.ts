import { environment } from '../config/environment.ts'
import { loadSettings } from '../config/load-settings.ts'
import { environmentAliases, Settings } from '../settings.ts'

/** Settings of a command: defaults, the file of --config or TOKENWATCH_CONFIG, environment, flags. */
export function loadCommandSettings(options: {
  readonly configFile: string | undefined
  readonly overrides?: Record<string, unknown>
}): Settings {
  const variables = environment()
  return loadSettings(Settings, {
    file: options.configFile ?? variables['TOKENWATCH_CONFIG'],
    environment: variables,
    aliases: environmentAliases,
    overrides: options.overrides ?? {},
  })
}

/** Only what was given on the command line, as overrides of settings. */
export const given = (values: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined))
