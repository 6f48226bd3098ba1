import type { Command } from './command.ts'

/**
 * Every command, in the order of the overview. A new one is one file and one line here. Each is loaded
 * when it is run: a scan need not wait for the parts of a server.
 */
export const commands: readonly Command[] = [
  {
    name: 'scan',
    summary: 'Find misused tokens in log files; needs no server.',
    run: async args => (await import('./scan/scan-command.ts')).scanCommand(args),
  },
  {
    name: 'serve',
    summary: 'Run the service; --demo plays a theft.',
    run: async args => (await import('./serve.ts')).serveCommand(args),
  },
  {
    name: 'member',
    summary: undefined,
    run: async () => (await import('./member.ts')).memberCommand(),
  },
  {
    name: 'simulate',
    summary: 'Write simulated access logs.',
    run: async args => (await import('./simulate.ts')).simulateCommand(args),
  },
  {
    name: 'config',
    summary: 'Check and print the settings.',
    run: async args => (await import('./config.ts')).configCommand(args),
  },
  {
    name: 'dead-letters',
    summary: 'List records that became no event; send them through again.',
    run: async args =>
      (await import('./dead-letters/dead-letters-command.ts')).deadLettersCommand(args),
  },
  {
    name: 'migrate',
    summary: 'Bring the schema up to date.',
    run: async args => (await import('./migrate.ts')).migrateCommand(args),
  },
  {
    name: 'token',
    summary: 'token hash: the fingerprint of a token.',
    run: async args => (await import('./token.ts')).tokenCommand(args),
  },
]
