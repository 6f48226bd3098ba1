import { OperatorError } from '../domain/operator-error.ts'
import { commands } from './commands.ts'
import { forTerminal } from './for-terminal.ts'
import { programVersion } from './program-version.ts'

/** Runs one command; resolves to the exit code. Wrong use and wrong set-up give 2, a failure 1. */
export async function run(args: readonly string[]): Promise<number> {
  const [name = '--help', ...rest] = args
  if (name === '--version') return say(`tokenwatch ${programVersion()}`, 0)
  if (name === '--help' || name === 'help') return say(overview(), 0)
  const command = commands.find(candidate => candidate.name === name)
  if (command === undefined)
    return complain(`Unknown command: ${forTerminal(name.slice(0, 40))}\n\n${overview()}`)
  try {
    return await command.run(rest)
  } catch (error) {
    return report(error, command.name)
  }
}

function report(error: unknown, command: string): number {
  if (error instanceof OperatorError) {
    const lines = error.faults.map(
      ({ path, problem, remedy }) =>
        `  ${forTerminal(`${path}: ${problem}`)}\n      ${forTerminal(remedy)}`,
    )
    return complain(`tokenwatch cannot run:\n${lines.join('\n')}`)
  }
  if (
    error instanceof TypeError &&
    'code' in error &&
    String(error.code).startsWith('ERR_PARSE_ARGS')
  ) {
    const help = `\`tokenwatch ${command} --help\` lists the options.`
    return complain(`${forTerminal(error.message)}\n${help}`)
  }
  const message = error instanceof Error ? error.message : 'unknown error'
  const code = error instanceof Error && 'code' in error ? ` (${String(error.code)})` : ''
  process.stderr.write(`tokenwatch failed${code}: ${forTerminal(message)}\n`)
  return 1
}

function overview(): string {
  const shown = commands.filter(({ summary }) => summary !== undefined)
  const width = Math.max(...shown.map(({ name }) => name.length))
  const lines = shown.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`)
  return `Finds stolen and misused API tokens in gateway access logs, and stops them.

Usage: tokenwatch <command> [options]

${lines.join('\n')}

\`tokenwatch <command> --help\` tells the options of a command.`
}

function say(text: string, exitCode: number): number {
  process.stdout.write(`${text}\n`)
  return exitCode
}

function complain(text: string): number {
  process.stderr.write(`${text}\n`)
  return 2
}
