import { randomInt } from 'node:crypto'
import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { createClient } from '@clickhouse/client'
import { type Server, startServer } from '../support/program.ts'
import { buildProgram } from './built-program.ts'
import { argumentsOf, childrenOf, cpuSeconds, residentMib } from './process-usage.ts'

/** The whole program as a process of its own, built, with its embedded ClickHouse. */
export interface BenchServer extends Server {
  /** CPU seconds so far. */
  cpu(): { readonly node: number; readonly clickhouse: number }
  /** Of all processes of the program together, MiB. */
  nodeMib(): { readonly now: number; readonly peak: number }
  readonly clickhousePid: number
  /** Rows of a query against its ClickHouse. */
  select<Row>(query: string): Promise<readonly Row[]>
  /** SIGTERM, waits for its end, removes its data. */
  stop(): Promise<void>
}

export async function startBenchServer(
  environment: Readonly<Record<string, string>>,
): Promise<BenchServer> {
  const port = randomInt(33_000, 60_000)
  const server = await startServer({
    nodeArguments: buildProgram(),
    environment: {
      TOKENWATCH_PROCESSES: '0',
      ...environment,
      TOKENWATCH_STORE_HTTP_PORT: String(port),
    },
  })
  const pid = server.process.pid ?? 0
  const isMember = (child: number) => argumentsOf(child).includes('member')
  const [clickhousePid = 0] = childrenOf(pid).filter(child => !isMember(child))
  const nodes = () => [pid, ...childrenOf(pid).filter(isMember)]
  const sum = (of: (pid: number) => number) => nodes().reduce((total, node) => total + of(node), 0)
  const passwords = JSON.parse(
    readFileSync(join(server.dataDir, 'clickhouse', 'passwords.json'), 'utf8'),
  ) as { admin: string }
  const client = createClient({
    url: `http://127.0.0.1:${port}`,
    username: 'admin',
    password: passwords.admin,
    database: 'tokenwatch',
    clickhouse_settings: { output_format_json_quote_64bit_integers: 0 },
  })
  return {
    ...server,
    nodeMib: () => ({
      now: sum(node => residentMib(node).now),
      peak: sum(node => residentMib(node).peak),
    }),
    clickhousePid,
    cpu: () => ({ node: sum(cpuSeconds), clickhouse: cpuSeconds(clickhousePid) }),
    async select(query) {
      const answer = await client.query({ query, format: 'JSONEachRow' })
      return await answer.json()
    },
    async stop() {
      await client.close()
      server.process.kill('SIGTERM')
      await server.ended
      rmSync(server.dataDir, { recursive: true, force: true })
    },
  }
}
