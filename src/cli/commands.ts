import type { Command } from './command.ts'
import { configCommand } from './config.ts'
import { migrateCommand } from './migrate.ts'
import { scanCommand } from './scan/scan-command.ts'
import { serveCommand } from './serve.ts'
import { simulateCommand } from './simulate.ts'
import { tokenCommand } from './token.ts'

/** Every command, in the order of the overview. A new one is one file and one line here. */
export const commands: readonly Command[] = [
  { name: 'scan', summary: 'Find misused tokens in log files; needs no server.', run: scanCommand },
  { name: 'serve', summary: 'Run the service; --demo plays a theft.', run: serveCommand },
  { name: 'simulate', summary: 'Write simulated access logs.', run: simulateCommand },
  { name: 'config', summary: 'Check and print the settings.', run: configCommand },
  { name: 'migrate', summary: 'Bring the schema up to date.', run: migrateCommand },
  { name: 'token', summary: 'token hash: the fingerprint of a token.', run: tokenCommand },
]
