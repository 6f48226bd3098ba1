import { parseArgs } from 'node:util'
import { documentSettings, renderSettings } from '../config/render-settings.ts'
import { environmentAliases, Settings } from '../settings.ts'
import { loadCommandSettings } from './load-command-settings.ts'

const help = `Prints the settings that are in effect, with secrets masked; checks them on the way.

Usage: tokenwatch config [--config FILE]       settings in effect, as YAML
       tokenwatch config --reference           every setting with default, range and environment name
`

const options = {
  config: { type: 'string' },
  reference: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const

/** `tokenwatch config`: 2 when a setting is wrong, like every command that reads settings. */
export async function configCommand(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({ args: [...args], options })
  if (values.help) process.stdout.write(help)
  else if (values.reference) process.stdout.write(settingsReference())
  else {
    const settings = loadCommandSettings({ configFile: values.config })
    process.stdout.write(renderSettings(Settings, settings))
  }
  return await Promise.resolve(0)
}

/** `docs/configuration.md`. */
export const settingsReference = () => `# Configuration

Each setting has a default. A YAML file (\`--config FILE\` or \`TOKENWATCH_CONFIG\`) overrides defaults,
the environment overrides the file, flags override the environment. Lists in the environment are
separated by commas. All faults are told at once, with the path of the setting, and exit code 2.
\`tokenwatch config\` prints what is in effect. This page is generated:
\`npx tokenwatch config --reference > docs/configuration.md\`.

${documentSettings(Settings, environmentAliases)}`
