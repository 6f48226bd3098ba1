import { OperatorError } from '../domain/operator-error.ts'
import type { Health } from '../telemetry/health.ts'
import type { Logger } from '../telemetry/logger.ts'
import { type Clients, closeClients, createClients, type Login } from './clients.ts'
import { type EmbeddedServer, startEmbeddedServer } from './embedded/embedded-server.ts'
import { applyMergeSettings } from './merge-settings.ts'
import { migrate } from './migrate.ts'
import { prepareDatabase } from './prepare-database.ts'
import { applyRetention, retentionFaults } from './retention.ts'
import type { StoreSettings } from './settings.ts'
import { toPipelineError } from './to-pipeline-error.ts'

/** An open ClickHouse whose schema is this program's. */
export interface Store extends Clients {
  readonly database: string
  readonly url: string
  readonly log: Logger
  readonly health: Health
  /** Milliseconds since epoch. */
  readonly clock: () => number
  /** The server that runs inside this process tree; undefined for an external one. */
  readonly embedded: EmbeddedServer | undefined
  /** Within five seconds. */
  close(): Promise<void>
}

export interface StoreOptions {
  readonly settings: StoreSettings
  readonly log: Logger
  readonly health: Health
  readonly clock: () => number
}

/** Limits of the reading user on an external server; the embedded one has a user with the same. */
const READER_LIMITS = { readonly: '2', max_execution_time: 15, max_result_rows: '100000' } as const

/**
 * Opens the store: the server that `url` names, or an embedded one; waits for it and migrates the schema.
 *
 * @throws OperatorError when it cannot be used as it is set up
 * @throws PipelineError store_schema_newer, or when the server fails during the migration
 */
export async function openStore(options: StoreOptions): Promise<Store> {
  const { settings, log, health, clock } = options
  const { database, retention } = settings
  const faults = retentionFaults(retention)
  if (faults.length > 0) throw new OperatorError(faults)
  const embedded = settings.url === '' ? await startEmbeddedServer(options) : undefined
  const { url, logins } = access(settings, embedded)
  let clients: Clients | undefined
  try {
    await prepareDatabase({
      url,
      login: logins.admin,
      database,
      timeoutMs: settings.connectTimeoutSeconds * 1_000,
      log,
    })
    clients = createClients(url, logins, settings, embedded === undefined ? READER_LIMITS : {})
    const { admin } = clients
    const isSoleUser = embedded !== undefined
    const names = await migrate({
      admin,
      database,
      retentionDays: retention.eventsDays,
      log,
      isSoleUser,
    })
    if (names.length > 0) log.info({ migrations: names.length }, 'Schema migrated.')
    await applyRetention(admin, retention)
    await applyMergeSettings(admin)
  } catch (error) {
    if (clients !== undefined) await closeClients(clients)
    await embedded?.stop()
    throw asOurs(error)
  }
  health.set('clickhouse', true, embedded === undefined ? 'connected' : 'embedded server runs')
  return {
    ...clients,
    database,
    url,
    log,
    health,
    clock,
    embedded,
    close: closing(clients, embedded),
  }
}

function access(settings: StoreSettings, embedded: EmbeddedServer | undefined) {
  if (embedded === undefined) {
    const login: Login = { username: settings.user, password: settings.password }
    return { url: settings.url, logins: { admin: login, ingest: login, analyst: login } }
  }
  const login = (username: keyof typeof embedded.passwords): Login => ({
    username,
    password: embedded.passwords[username],
  })
  const logins = { admin: login('admin'), ingest: login('ingest'), analyst: login('analyst') }
  return { url: embedded.url, logins }
}

function closing(clients: Clients, embedded: EmbeddedServer | undefined): () => Promise<void> {
  let closed: Promise<void> | undefined
  const close = async () => {
    // In this order: the server's graceful stop waits for open connections.
    await closeClients(clients)
    await embedded?.stop()
  }
  return () => {
    closed ??= close()
    return closed
  }
}

/** Faults of the set-up as they are, everything else as an error of the store. */
const asOurs = (error: unknown): unknown =>
  error instanceof Error && error.name === 'OperatorError' ? error : toPipelineError(error)
