import { type ChildProcess, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { get } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import { OperatorError } from '../../domain/operator-error.ts'
import { PipelineError } from '../../domain/pipeline-error.ts'
import type { Engine } from './find-engine.ts'
import { serverChild } from './server-child.ts'
import {
  type Passwords,
  removeOtherRunFiles,
  removeRunFiles,
  writeRunFiles,
} from './server-files.ts'

/** An empty folder takes under a second, 60 million rows three; a folder after a crash may take longer. */
const START_TIMEOUT_MS = 60_000
const PROBE_INTERVAL_MS = 15
const STOP_TIMEOUT_MS = 4_000
/** What is kept of the standard error: enough for one exception. */
const STDERR_CHARACTERS_MAX = 4_000

export interface ServerOptions {
  readonly engine: Engine
  /** Absolute path of an existing, writable folder. */
  readonly dataDir: string
  readonly database: string
  readonly httpPort: number
  /** 0 opens no native port. */
  readonly tcpPort: number
  readonly fsync: boolean
  readonly passwords: Passwords
}

/** One running process of the embedded server. */
export interface ServerProcess {
  readonly pid: number
  /** Resolves when the process has ended, for whatever reason. */
  readonly exited: Promise<void>
  /** Graceful, SIGKILL after four seconds. Close clients first: their open sockets hold it up. */
  stop(): Promise<void>
}

/**
 * Starts ClickHouse as a child process and waits until it answers.
 *
 * It ends by itself when this process dies, even by SIGKILL: the query that holds it reads its stdin.
 *
 * @throws OperatorError when another process uses the folder or the port
 * @throws PipelineError store_unavailable when it does not start for another reason
 */
export async function startServerProcess(options: ServerOptions): Promise<ServerProcess> {
  const instance = randomUUID()
  const config = writeRunFiles({ ...options, instance })
  const child = spawnServer(options, config)
  let stderr = ''
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr = (stderr + text).slice(-STDERR_CHARACTERS_MAX)
  })
  // The pipe breaks when the server dies; that is seen as its exit.
  child.stdin?.on('error', () => undefined)
  let hasExited = false
  const exited = new Promise<void>(resolve => {
    const end = () => {
      hasExited = true
      removeRunFiles(options.dataDir, instance)
      resolve()
    }
    child.once('close', end)
    child.once('error', end)
  })

  const deadlineMs = performance.now() + START_TIMEOUT_MS
  while (!(await answers(options, instance))) {
    if (hasExited) throw startFailure(options, stderr)
    if (performance.now() > deadlineMs) {
      child.kill('SIGKILL')
      await exited
      throw startFailure(options, `no answer within ${START_TIMEOUT_MS / 1000} s`)
    }
    await delay(PROBE_INTERVAL_MS)
  }
  removeOtherRunFiles(options.dataDir, instance)
  return { pid: child.pid ?? 0, exited, stop: () => stopServer(child, exited) }
}

function spawnServer(options: ServerOptions, config: string): ChildProcess {
  const { engine, dataDir, httpPort, tcpPort } = options
  // START LISTEN opens the ports of a "local" process; the SELECT keeps it alive until stdin is closed.
  const hold = [
    'SYSTEM START LISTEN HTTP',
    ...(tcpPort === 0 ? [] : ['SYSTEM START LISTEN TCP']),
    "SELECT * FROM file('stdin', 'LineAsString', 'line String') FORMAT Null",
  ]
  const argv = [
    'clickhouse-local', // argv[0] chooses the program
    `--config-file=${config}`,
    `--path=${dataDir}`,
    '--listen_host=127.0.0.1',
    `--http_port=${httpPort}`,
    ...(tcpPort === 0 ? [] : [`--tcp_port=${tcpPort}`]),
    '--log-level=warning', // here, not in the file: the <level> of the file is overwritten with trace
    '--query',
    hold.join('; '),
  ]
  const node = ['--title=tokenwatch-clickhouse', '-e', serverChild, '--']
  return spawn(process.execPath, [...node, engine.ffi, engine.library, ...argv], {
    stdio: ['pipe', 'ignore', 'pipe'],
    cwd: dataDir,
    detached: true, // own process group: Ctrl-C is ours to pass on, SYSTEM SHUTDOWN signals the group
  })
}

async function stopServer(child: ChildProcess, exited: Promise<void>): Promise<void> {
  child.stdin?.end()
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS)
  await exited
  clearTimeout(timer)
}

/** Not /ping: when the port was taken, the other server answers that before our child has ended. */
function answers({ httpPort, passwords }: ServerOptions, instance: string): Promise<boolean> {
  return new Promise(resolve => {
    const request = get(
      {
        host: '127.0.0.1',
        port: httpPort,
        path: `/?query=${encodeURIComponent("SELECT getMacro('instance')")}`,
        agent: false, // sends Connection: close; an open socket would hold a graceful stop up
        timeout: 1_000,
        headers: { 'x-clickhouse-user': 'admin', 'x-clickhouse-key': passwords.admin },
      },
      response => {
        let body = ''
        response.setEncoding('utf8').on('data', (text: string) => {
          body += text
        })
        response.on('error', () => resolve(false))
        response.on('end', () => resolve(body.trim() === instance))
      },
    )
    request.on('timeout', () => request.destroy())
    request.on('error', () => resolve(false))
  })
}

function startFailure({ dataDir, httpPort }: ServerOptions, stderr: string): Error {
  if (/Another server instance|Cannot lock file/.test(stderr)) {
    return new OperatorError([
      {
        path: 'store.dataDir',
        problem: `another process uses ${dataDir}`,
        remedy: 'End the other tokenwatch, or give this one a folder of its own.',
      },
    ])
  }
  if (/Address already in use|NETWORK_ERROR|Listen \[/.test(stderr)) {
    return new OperatorError([
      {
        path: 'store.httpPort',
        problem: `a port of the embedded ClickHouse is in use (${httpPort})`,
        remedy: 'Choose another port, 0 for any free one, or end the program that uses it.',
      },
    ])
  }
  const firstLine = stderr.split('\n').find(line => line.includes('Exception')) ?? stderr
  return new PipelineError(
    'store_unavailable',
    `The embedded ClickHouse did not start: ${firstLine.slice(0, 300).trim()}. See clickhouse.err.log in ${dataDir}.`,
  )
}
