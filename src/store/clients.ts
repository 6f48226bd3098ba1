import {
  type ClickHouseClient,
  ClickHouseLogLevel,
  type ClickHouseSettings,
  createClient,
} from '@clickhouse/client'
import type { StoreSettings } from './settings.ts'

export interface Login {
  readonly username: string
  readonly password: string
}

export interface Clients {
  /** Writes and reads the tables of the database. */
  readonly client: ClickHouseClient
  /** Makes and changes tables. */
  readonly admin: ClickHouseClient
  /** Only reads, with limits on time and rows. */
  readonly reader: ClickHouseClient
}

/** A statement that creates or changes tables, or a long query. */
const ADMIN_TIMEOUT_MS = 300_000
const READER_TIMEOUT_MS = 20_000
/** Below the server's keep-alive time, or a request meets a socket that is being closed. */
const IDLE_SOCKET_MS = 2_500

/** Clients for each of the users. None of them is connected before its first statement. */
export function createClients(
  url: string,
  logins: { readonly admin: Login; readonly ingest: Login; readonly analyst: Login },
  settings: Pick<StoreSettings, 'database' | 'connectionsMax' | 'insertTimeoutSeconds'>,
  readerSettings: ClickHouseSettings = {},
): Clients {
  const common = {
    url,
    database: settings.database,
    application: 'tokenwatch',
    keep_alive: { enabled: true, idle_socket_ttl: IDLE_SOCKET_MS },
    compression: { request: false, response: false },
    // Whatever fails is thrown; the client would also print it, past the log and its redaction.
    log: { level: ClickHouseLogLevel.OFF },
  }
  return {
    client: createClient({
      ...common,
      ...logins.ingest,
      request_timeout: settings.insertTimeoutSeconds * 1_000,
      max_open_connections: settings.connectionsMax,
    }),
    admin: createClient({
      ...common,
      ...logins.admin,
      request_timeout: ADMIN_TIMEOUT_MS,
      max_open_connections: 4,
    }),
    reader: createClient({
      ...common,
      ...logins.analyst,
      request_timeout: READER_TIMEOUT_MS,
      clickhouse_settings: readerSettings,
      max_open_connections: 10,
    }),
  }
}

export async function closeClients({ client, admin, reader }: Clients): Promise<void> {
  await Promise.all([client.close(), admin.close(), reader.close()])
}
