import {
  type ClickHouseClient,
  ClickHouseError,
  ClickHouseLogLevel,
  createClient,
} from '@clickhouse/client'
import { type Fault, OperatorError } from '../domain/operator-error.ts'
import type { PipelineError } from '../domain/pipeline-error.ts'
import type { Logger } from '../telemetry/logger.ts'
import type { Login } from './clients.ts'
import { pause } from './retry.ts'
import { toPipelineError } from './to-pipeline-error.ts'

const WAIT_MS = 500
const LOG_EVERY_ATTEMPTS = 10
/** The oldest server whose SQL the migrations are written for (projections in aggregating tables). */
const VERSION_MINIMUM = [24, 8] as const

/**
 * Waits until the server answers, checks its version and makes the database when there is none.
 *
 * @throws OperatorError when the server does not answer in time, or will not let us in
 */
export async function prepareDatabase(options: {
  readonly url: string
  readonly login: Login
  readonly database: string
  readonly timeoutMs: number
  readonly log: Logger
}): Promise<void> {
  const { login, database } = options
  const client = connect(options.url, login)
  try {
    requireVersion(await waitForVersion(client, options))
    if (await exists(client, database)) return
    await client.command({ query: `CREATE DATABASE IF NOT EXISTS ${database}` })
  } catch (error) {
    if (error instanceof OperatorError) throw error
    throw fault(
      'store.database',
      `the database ${database} cannot be made: ${toPipelineError(error).message}`,
      `Create it yourself, or give the user ${login.username} the right to.`,
      error,
    )
  } finally {
    await client.close()
  }
}

/** A client without our database, which may not be there yet. */
function connect(url: string, login: Login): ClickHouseClient {
  try {
    return createClient({
      url,
      ...login,
      database: 'system',
      request_timeout: 10_000,
      keep_alive: { enabled: false },
      log: { level: ClickHouseLogLevel.OFF },
    })
  } catch (cause) {
    const remedy = 'Give an address such as http://clickhouse.example.com:8123.'
    throw fault('store.url', 'is not the HTTP address of a ClickHouse server', remedy, cause)
  }
}

async function waitForVersion(client: ClickHouseClient, options: Waiting): Promise<string> {
  const startMs = performance.now()
  for (let attempt = 0; ; attempt++) {
    try {
      return await readVersion(client)
    } catch (error) {
      const failure = toPipelineError(error)
      const hopeless = noUseWaiting(failure)
      if (hopeless !== undefined) throw new OperatorError([hopeless], { cause: failure })
      if (performance.now() - startMs > options.timeoutMs) throw tooLate(options, failure)
      if (attempt % LOG_EVERY_ATTEMPTS === 0) {
        options.log.warn({ code: failure.code, reason: failure.message }, 'Waiting for ClickHouse.')
      }
      await pause(WAIT_MS)
    }
  }
}

interface Waiting {
  readonly url: string
  readonly timeoutMs: number
  readonly log: Logger
}

async function readVersion(client: ClickHouseClient): Promise<string> {
  const answer = await client.query({ query: 'SELECT version() AS version', format: 'JSONEachRow' })
  return (await answer.json<{ version: string }>())[0]?.version ?? ''
}

/** What is wrong with the set-up when waiting longer cannot help. */
function noUseWaiting({ cause, message, isRetryable }: PipelineError): Fault | undefined {
  if (cause instanceof ClickHouseError && ['193', '194', '516', '192'].includes(cause.code)) {
    return {
      path: 'store.user',
      problem: 'ClickHouse does not accept user and password',
      remedy: 'Set store.user and store.password to a user of that server.',
    }
  }
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : ''
  if (/CERT|SIGNATURE|SSL|ERR_TLS/.test(code)) {
    return {
      path: 'store.url',
      problem: `the certificate of ClickHouse is not trusted (${code})`,
      remedy: 'Let Node trust its authority with NODE_EXTRA_CA_CERTS, or use the right host name.',
    }
  }
  if (isRetryable) return undefined
  return { path: 'store.url', problem: message, remedy: 'See the log of that server.' }
}

function tooLate(options: { url: string; timeoutMs: number }, cause: PipelineError): OperatorError {
  const seconds = Math.round(options.timeoutMs / 1_000)
  return fault(
    'store.url',
    `no ClickHouse answered at ${new URL(options.url).host} within ${seconds} s: ${cause.message}`,
    'Start it, correct the address, or raise store.connectTimeoutSeconds. Empty starts an embedded one.',
    cause,
  )
}

async function exists(client: ClickHouseClient, database: string): Promise<boolean> {
  const answer = await client.query({
    query: 'SELECT count() AS databases FROM system.databases WHERE name = {database:String}',
    query_params: { database },
    format: 'JSONEachRow',
  })
  return Number((await answer.json<{ databases: unknown }>())[0]?.databases) > 0
}

function requireVersion(version: string): void {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const [wantedMajor, wantedMinor] = VERSION_MINIMUM
  if (major > wantedMajor || (major === wantedMajor && minor >= wantedMinor)) return
  throw fault(
    'store.url',
    `ClickHouse ${version} is too old`,
    `Use ClickHouse ${VERSION_MINIMUM.join('.')} or newer.`,
  )
}

const fault = (path: string, problem: string, remedy: string, cause?: unknown) =>
  new OperatorError([{ path, problem, remedy }], { cause })
