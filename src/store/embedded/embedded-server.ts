import { accessSync, constants } from 'node:fs'
import { resolve } from 'node:path'
import { makeFolder } from '../../config/make-folder.ts'
import { OperatorError } from '../../domain/operator-error.ts'
import type { Health } from '../../telemetry/health.ts'
import type { Logger } from '../../telemetry/logger.ts'
import { pause } from '../retry.ts'
import { findEngine } from './find-engine.ts'
import { freePort, requireFreePort } from './ports.ts'
import { loadPasswords, type Passwords } from './server-files.ts'
import { type ServerOptions, type ServerProcess, startServerProcess } from './server-process.ts'

/** Wait before the n-th restart in a row; then the longest. */
const RESTART_DELAYS_MS = [100, 500, 2_000, 5_000]
const RESTART_DELAY_MAX_MS = 10_000
/** A server that ended before this may be ending again and again: it waits longer. */
const HEALTHY_AFTER_MS = 60_000
/** A free port may be taken by somebody else before the server opens it. */
const FREE_PORT_ATTEMPTS = 3

export interface EmbeddedServer {
  readonly url: string
  readonly passwords: Passwords
  /** Of the process that runs now; 0 while it is being restarted. */
  readonly pid: number
  /** Graceful, within five seconds. Close clients first. */
  stop(): Promise<void>
}

interface Dependencies {
  readonly settings: {
    readonly dataDir: string
    readonly database: string
    readonly httpPort: number
    readonly tcpPort: number
    readonly fsync: boolean
    readonly restartOnExit: boolean
  }
  readonly log: Logger
  readonly health: Health
}

/**
 * A ClickHouse server of our own, on this machine, for this process: started, watched, and started again
 * on the same port when it dies.
 *
 * @throws OperatorError for an unsupported platform, an unwritable or used folder, a port in use
 */
export async function startEmbeddedServer(deps: Dependencies): Promise<EmbeddedServer> {
  const { settings, log } = deps
  const engine = findEngine()
  const dataDir = prepareFolder(settings.dataDir)
  if (settings.httpPort !== 0) await requireFreePort('store.httpPort', settings.httpPort)
  if (settings.tcpPort !== 0) await requireFreePort('store.tcpPort', settings.tcpPort)
  const passwords = loadPasswords(dataDir)
  const { options, server } = await startOnPort(settings.httpPort, httpPort => ({
    ...settings,
    engine,
    dataDir,
    httpPort,
    passwords,
  }))
  const url = `http://127.0.0.1:${options.httpPort}`
  log.info({ url, pid: server.pid, dataDir }, 'Embedded ClickHouse started.')
  return supervise(deps, options, server, url)
}

function supervise(
  { settings, log, health }: Dependencies,
  options: ServerOptions,
  first: ServerProcess,
  url: string,
): EmbeddedServer {
  let current: ServerProcess | undefined = first
  const stopping = new AbortController()
  const { signal } = stopping

  const watch = async (server: ServerProcess): Promise<void> => {
    const startedMs = performance.now()
    await server.exited
    if (signal.aborted) return
    current = undefined
    log.error({ pid: server.pid }, 'Embedded ClickHouse ended unexpectedly.')
    health.set('clickhouse', false, 'the embedded server ended unexpectedly')
    if (!settings.restartOnExit) return
    const wasHealthy = performance.now() - startedMs > HEALTHY_AFTER_MS
    current = await restart(options, { log, health, signal, firstDelay: wasHealthy ? 0 : 1 })
    if (current !== undefined) await watch(current)
  }
  const watching = watch(first)

  return {
    url,
    passwords: options.passwords,
    get pid() {
      return current?.pid ?? 0
    },
    async stop() {
      stopping.abort()
      await current?.stop()
      await watching
    },
  }
}

/** Tries until the server runs; undefined when it is to stop before. */
async function restart(
  options: ServerOptions,
  deps: { log: Logger; health: Health; signal: AbortSignal; firstDelay: number },
): Promise<ServerProcess | undefined> {
  const { log, health, signal } = deps
  for (let failures = deps.firstDelay; !signal.aborted; failures++) {
    await pause(RESTART_DELAYS_MS[failures] ?? RESTART_DELAY_MAX_MS, signal)
    if (signal.aborted) break
    try {
      const server = await startServerProcess(options)
      if (!signal.aborted) {
        log.warn({ pid: server.pid }, 'Embedded ClickHouse restarted.')
        health.set('clickhouse', true, 'the embedded server was restarted')
        return server
      }
      await server.stop()
    } catch (err) {
      log.error({ err }, 'Embedded ClickHouse did not restart.')
    }
  }
  return undefined
}

async function startOnPort(
  wanted: number,
  optionsFor: (httpPort: number) => ServerOptions,
): Promise<{ options: ServerOptions; server: ServerProcess }> {
  for (let attempt = 1; ; attempt++) {
    const options = optionsFor(wanted === 0 ? await freePort() : wanted)
    try {
      return { options, server: await startServerProcess(options) }
    } catch (error) {
      const isPort =
        error instanceof OperatorError && error.faults.some(({ path }) => path === 'store.httpPort')
      if (wanted !== 0 || !isPort || attempt === FREE_PORT_ATTEMPTS) throw error
    }
  }
}

/** Makes the folder when there is none; only its owner may look into it. */
function prepareFolder(folder: string): string {
  const dataDir = resolve(folder)
  try {
    makeFolder(dataDir, 0o700)
    accessSync(dataDir, constants.R_OK | constants.W_OK | constants.X_OK)
    return dataDir
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    throw new OperatorError(
      [
        {
          path: 'store.dataDir',
          problem: `${dataDir} cannot be written (${code ?? 'unknown error'})`,
          remedy: 'Choose a folder that this user may write, or change its owner.',
        },
      ],
      { cause },
    )
  }
}
