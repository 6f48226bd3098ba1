import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { eventually } from './clickhouse.ts'

const root = join(import.meta.dirname, '../..')
/** As the operator's, but without the settings of whoever runs the tests. */
const cleanEnvironment = Object.fromEntries(
  Object.entries(process.env).filter(
    ([name]) => !/^(TOKENWATCH_|CLICKHOUSE_|KAFKA_)/.test(name) && name !== 'NODE_ENV',
  ),
)

/** What the program starts Node with, by its first line. */
export function nodeFlags(): readonly string[] {
  const [line = ''] = readFileSync(join(root, 'src/main.ts'), 'utf8').split('\n', 1)
  return line.split(' ').filter(word => word.startsWith('--'))
}

/** A run of the program as a process of its own, from source. */
export interface Program {
  readonly process: ChildProcess
  /** What it has written so far. */
  output(): string
  errors(): string
  /** Resolves to the exit code, or the signal that ended it. */
  readonly ended: Promise<number | string>
}

/** What Node is started with to be tokenwatch, as it stands in the sources. */
const fromSource = ['--import', 'tsx', 'src/main.ts']

/** Starts `tokenwatch …`. Whatever is still running when the test ends is killed by `stopPrograms`. */
export function startProgram(
  args: readonly string[],
  options: {
    readonly environment?: Readonly<Record<string, string>>
    readonly input?: string | Buffer
    readonly nodeArguments?: readonly string[]
  } = {},
): Program {
  const child = spawn(process.execPath, [...(options.nodeArguments ?? fromSource), ...args], {
    cwd: root,
    env: { ...cleanEnvironment, ...options.environment },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  running.add(child)
  let output = ''
  let errors = ''
  child.stdout.on('data', chunk => {
    output += chunk
  })
  child.stderr.on('data', chunk => {
    errors += chunk
  })
  child.stdin.end(options.input ?? '')
  const ended = once(child, 'close').then(([code, signal]) => {
    running.delete(child)
    return (code ?? signal) as number | string
  })
  return { process: child, output: () => output, errors: () => errors, ended }
}

const running = new Set<ChildProcess>()

/** For `afterEach`. */
export function stopPrograms(): void {
  for (const child of running) child.kill('SIGKILL')
}

/** A folder for one test; `removeFolders` in `afterAll` takes them away. */
export function aFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'tokenwatch-test-'))
  folders.push(folder)
  return folder
}

const folders: string[] = []

export function removeFolders(): void {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
}

/** A running `tokenwatch serve` on a free port, ready to take requests. */
export interface Server extends Program {
  readonly url: string
  readonly key: string
  readonly dataDir: string
  get(path: string): Promise<unknown>
  post(path: string, body: unknown): Promise<Response>
  /** Sends NDJSON lines to the ingest. */
  send(lines: readonly string[], headers?: Readonly<Record<string, string>>): Promise<Response>
}

const ADMIN_KEY = 'twk_test-admin-key-0123456789abcdef'

/** Starts `tokenwatch serve` and waits until it takes events. */
export async function startServer(
  options: {
    readonly dataDir?: string
    readonly environment?: Readonly<Record<string, string>>
    readonly nodeArguments?: readonly string[]
  } = {},
): Promise<Server> {
  const dataDir = options.dataDir ?? join(aFolder(), 'data')
  const program = startProgram(['serve', '--port', '0', '--data-dir', dataDir], {
    ...options,
    environment: {
      TOKENWATCH_API_ADMIN_KEY: ADMIN_KEY,
      TOKENWATCH_LOG_LEVEL: 'warn',
      // The same on every machine, however many cores it has.
      TOKENWATCH_PROCESSES: '1',
      // Tests ask more often than people do.
      TOKENWATCH_API_REQUESTS_PER_MINUTE_MAX: '100000',
      ...options.environment,
    },
  })
  const url = await eventually(() => {
    if (program.process.exitCode !== null) throw new Error(`ended early: ${program.errors()}`)
    return /listens on (http:\S+)/.exec(program.output())?.[1]
  }, 60_000)
  const headers = { authorization: `Bearer ${ADMIN_KEY}` }
  const server: Server = {
    ...program,
    url,
    key: ADMIN_KEY,
    dataDir,
    async get(path) {
      const response = await fetch(`${url}${path}`, { headers })
      if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`)
      return await response.json()
    },
    post: (path, body) =>
      fetch(`${url}${path}`, {
        method: 'POST',
        headers: { ...headers, 'content-type': 'application/json' },
        body: JSON.stringify(body),
      }),
    send: (lines, more = {}) =>
      fetch(`${url}/v1/events`, {
        method: 'POST',
        headers: { ...headers, 'content-type': 'application/x-ndjson', ...more },
        body: lines.join('\n'),
      }),
  }
  await eventually(async () => (await fetch(`${url}/readyz`)).status === 200, 60_000)
  return server
}

/** Processes, by /proc, that were started with the folder or work in it. */
export function processesOf(folder: string): readonly string[] {
  return readdirSync('/proc')
    .filter(name => /^\d+$/.test(name) && Number(name) !== process.pid)
    .flatMap(pid => {
      try {
        const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')
        const isOfFolder =
          command.includes(folder) || readlinkSync(`/proc/${pid}/cwd`).startsWith(folder)
        return isOfFolder ? [`${pid} ${command.slice(0, 200)}`] : []
      } catch {
        return [] // ended meanwhile
      }
    })
}
