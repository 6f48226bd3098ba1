import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { eventually } from '../support/clickhouse.ts'
import { type CuttingProxy, startCuttingProxy } from '../support/cutting-proxy.ts'
import { type Program, startProgram } from '../support/program.ts'
import type { Site } from './site.ts'

const ADMIN_KEY = 'twk_faults-admin-key-0123456789abcdef'
const clockModule = pathToFileURL(join(import.meta.dirname, 'shifted-clock.mjs')).href

interface StreamStats {
  readonly source: string
  readonly partition: number
  /** Stored and handed over, -1 while it opens. */
  readonly watermark: number
}

/** A process of the consumer group, which comes back whenever it ends, as under a supervisor. */
export interface Member {
  readonly name: string
  /** Between it and ClickHouse. */
  readonly proxy: CuttingProxy
  /** Of the process that runs now; undefined between two. */
  readonly pid: number | undefined
  /** Ends that no fault of ours has asked for, after it had come up. */
  readonly crashes: readonly string[]
  /** SIGKILL; it starts again at once. */
  kill(): void
  /** SIGKILL; it stays away until `up`. */
  down(): Promise<void>
  up(): void
  /** Sets its clock, by so many ms before or after the real one. */
  shiftClock(ms: number): void
  readonly signal: (name: 'SIGSTOP' | 'SIGCONT') => void
  /** Where its streams stand; none while it does not answer. */
  streams(): Promise<readonly StreamStats[]>
  /** Answer of its API, undefined while it has none. */
  get<Answer>(path: string): Promise<Answer | undefined>
  /** SIGTERM; resolves to the exit code. */
  stop(): Promise<number | string>
  /** All that it has written, of all its processes. */
  log(): string
  /** SIGKILL, for good. */
  destroy(): Promise<void>
}

export async function startMember(
  site: Site,
  options: {
    readonly name: string
    readonly folder: string
    readonly environment: Readonly<Record<string, string>>
  },
): Promise<Member> {
  const { name, folder } = options
  const proxy = await startCuttingProxy(site.clickhouse.store.url)
  const clockFile = join(folder, `${name}.clock`)
  const dataDir = join(folder, name)
  mkdirSync(dataDir, { recursive: true })
  writeFileSync(clockFile, '0')

  const logs: string[] = []
  const crashes: string[] = []
  let current: Program | undefined
  let isWanted = true
  let wasKilled = false

  const launch = () => {
    wasKilled = false
    const program = startProgram(['serve', '--port', '0', '--data-dir', dataDir], {
      nodeArguments: ['--import', clockModule, ...site.nodeArguments],
      environment: {
        ...options.environment,
        CLICKHOUSE_URL: proxy.url,
        FAULTS_CLOCK_FILE: clockFile,
        TOKENWATCH_API_ADMIN_KEY: ADMIN_KEY,
        TOKENWATCH_INGEST_HTTP_INSTANCE: name,
      },
    })
    current = program
    void program.ended.then(code => {
      logs.push(program.output() + program.errors())
      if (!isWanted) return
      // One that does not come up, because a server is away, is tried again as a supervisor would.
      if (!wasKilled && urlOf(program) !== undefined) crashes.push(`${name} ended: ${code}`)
      launch()
    })
  }
  launch()

  async function get<Answer>(path: string) {
    const url = current === undefined ? undefined : urlOf(current)
    if (url === undefined) return undefined
    try {
      const headers = { authorization: `Bearer ${ADMIN_KEY}` }
      const signal = AbortSignal.timeout(3_000)
      const response = await fetch(`${url}${path}`, { headers, signal })
      return (await response.json()) as Answer
    } catch {
      return undefined
    }
  }

  return {
    name,
    proxy,
    crashes,
    get pid() {
      return current?.process.pid
    },
    kill() {
      wasKilled = true
      current?.process.kill('SIGKILL')
    },
    async down() {
      isWanted = false
      current?.process.kill('SIGKILL')
      await current?.ended
    },
    up() {
      isWanted = true
      launch()
    },
    shiftClock: ms => writeFileSync(clockFile, String(ms)),
    signal: signalName => void current?.process.kill(signalName),
    get,
    streams: async () =>
      (await get<{ readonly streams?: readonly StreamStats[] }>('/v1/stats'))?.streams ?? [],
    async stop() {
      await eventually(() => current !== undefined && urlOf(current) !== undefined, 60_000)
      isWanted = false
      current?.process.kill('SIGTERM')
      return (await current?.ended) ?? 'not running'
    },
    log: () =>
      [...logs, ...(current && isWanted ? [current.output() + current.errors()] : [])].join('\n'),
    async destroy() {
      isWanted = false
      current?.process.kill('SIGKILL')
      await current?.ended
      await proxy.close()
    },
  }
}

const urlOf = (program: Program) => /listens on (http:\S+)/.exec(program.output())?.[1]
