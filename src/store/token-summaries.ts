import type { EntityKind, Fingerprint, NetworkType } from '../domain/access-event.ts'
import { readQuery } from './read-query.ts'
import { type QueryParameters, selectCells, type TableStore, where } from './record-table.ts'

/** One token as a list shows it; times are event times, ms. */
interface TokenSummary {
  readonly entity: EntityKind
  readonly token: Fingerprint
  readonly tokenHint: string
  readonly credentialId: string | undefined
  readonly consumer: string | undefined
  readonly application: string | undefined
  readonly tenant: string
  readonly events: number
  /** Answered 401, 403 or 429. */
  readonly refused: number
  readonly firstTs: number
  readonly lastTs: number
  /** Of its riskiest open or acknowledged incident, 0 without any. */
  readonly risk: number
  readonly openIncidents: number
}

interface Usage {
  readonly events: number
  readonly refused: number
  readonly firstTs: number
  readonly lastTs: number
}

interface NetworkUsage extends Usage {
  readonly prefix: string
  readonly asn: number
  readonly country: string
  readonly networkType: NetworkType
}

interface EndpointUsage extends Usage {
  readonly method: string
  readonly route: string
}

interface NodeUsage extends Usage {
  readonly gateway: string
  readonly node: string
  readonly client: string
}

interface DayUsage {
  /** Start of the day in UTC, ms. */
  readonly dayMs: number
  readonly events: number
  readonly refused: number
  readonly bytesOut: number
}

/** How a token is used, over all that is kept: networks, endpoints and hours for good, days by retention. */
interface TokenUsage {
  /** Most used first. */
  readonly networks: readonly NetworkUsage[]
  readonly endpoints: readonly EndpointUsage[]
  readonly nodes: readonly NodeUsage[]
  /** 168 counts of calls, UTC; 0 is Monday from 00:00 to 01:00. */
  readonly hourOfWeek: readonly number[]
  /** Days with calls, oldest first. */
  readonly daily: readonly DayUsage[]
}

interface TokenFilter {
  readonly tenant?: string | undefined
  /** Part of hint, credential id, consumer or application, or the beginning of the fingerprint. */
  readonly search?: string | undefined
  readonly sort: TokenSort
  readonly limit: number
}

/** Riskiest, most used or most lately used first. */
type TokenSort = 'risk' | 'events' | 'lastSeen'

/** What the rollups tell of tokens; all methods throw PipelineError. */
export interface TokenSummaries {
  list(filter: TokenFilter): Promise<TokenSummary[]>
  get(token: string): Promise<TokenSummary | undefined>
  /** Networks, endpoints and nodes at most 50 each, days at most 90. */
  profile(token: string): Promise<TokenUsage>
}

const ROWS_MAX = 50
const DAYS_MAX = 90
const HOURS_PER_WEEK = 168

const orders: Readonly<Record<TokenSort, string>> = {
  risk: 'ifNull(active.risk, 0) DESC, usage.last_ts DESC',
  events: 'usage.events DESC',
  lastSeen: 'usage.last_ts DESC',
}

const searched = ['token_hint', 'credential_id', 'consumer', 'application']
  .map(column => `positionCaseInsensitiveUTF8(usage.${column}, {search:String}) > 0`)
  .concat('startsWith(lower(hex(usage.token)), lower({search:String}))')
  .join(' OR ')

export function createTokenSummaries(store: TableStore): TokenSummaries {
  const queries = {
    list: readQuery('list-token-summaries'),
    networks: readQuery('token-networks'),
    endpoints: readQuery('token-endpoints'),
    nodes: readQuery('token-nodes'),
    hours: readQuery('token-hour-of-week'),
    days: readQuery('token-daily'),
  }
  const select = async <Row>(
    query: string,
    parameters: QueryParameters,
    read: (cells: readonly unknown[]) => Row,
  ) => (await selectCells(store, query, parameters)).map(read)

  const summaries = (
    sort: TokenSort,
    conditions: string,
    filters: string,
    parameters: QueryParameters,
  ) => {
    const query = queries.list
      .replace('{conditions}', conditions)
      .replace('{filters}', filters)
      .replace('{order}', orders[sort])
    return select(query, parameters, readSummary)
  }

  return {
    list({ tenant, search, sort, limit }) {
      const filters = where(
        tenant !== undefined && 'usage.tenant = {tenant:String}',
        search !== undefined && search !== '' && `(${searched})`,
      )
      return summaries(sort, '', filters, { tenant, search, limit })
    },
    async get(token) {
      const [summary] = await summaries('lastSeen', 'WHERE token = {token:UUID}', '', {
        token,
        limit: 1,
      })
      return summary
    },
    async profile(token) {
      const some = { token, limit: ROWS_MAX }
      const [networks, endpoints, nodes, hours, days] = await Promise.all([
        select(queries.networks, some, readNetwork),
        select(queries.endpoints, some, readEndpoint),
        select(queries.nodes, some, readNode),
        select(queries.hours, { token }, ([hour, events]) => [Number(hour), Number(events)]),
        select(queries.days, { token, limit: DAYS_MAX }, readDay),
      ])
      const events = new Map(hours.map(([hour, count]) => [hour, count]))
      const hourOfWeek = Array.from({ length: HOURS_PER_WEEK }, (_, hour) => events.get(hour) ?? 0)
      return { networks, endpoints, nodes, hourOfWeek, daily: days.reverse() }
    },
  }
}

const optional = (cell: unknown) => (cell === '' ? undefined : String(cell))

function readSummary(cells: readonly unknown[]): TokenSummary {
  const [token, entity, hint, credentialId, consumer, application, tenant, ...numbers] = cells
  const [events = 0, refused = 0, firstTs = 0, lastTs = 0, risk = 0, openIncidents = 0] =
    numbers.map(Number)
  return {
    entity: String(entity) as EntityKind,
    token: String(token) as Fingerprint,
    tokenHint: String(hint),
    credentialId: optional(credentialId),
    consumer: optional(consumer),
    application: optional(application),
    tenant: String(tenant),
    events,
    refused,
    firstTs,
    lastTs,
    risk,
    openIncidents,
  }
}

function readUsage(cells: readonly unknown[]): Usage {
  const [events = 0, refused = 0, firstTs = 0, lastTs = 0] = cells.map(Number)
  return { events, refused, firstTs, lastTs }
}

const readNetwork = ([
  prefix,
  asn,
  country,
  networkType,
  ...usage
]: readonly unknown[]): NetworkUsage => ({
  prefix: String(prefix),
  asn: Number(asn),
  country: String(country),
  networkType: String(networkType) as NetworkType,
  ...readUsage(usage),
})

const readEndpoint = ([method, route, ...usage]: readonly unknown[]): EndpointUsage => ({
  method: String(method),
  route: String(route),
  ...readUsage(usage),
})

const readNode = ([gateway, node, client, ...usage]: readonly unknown[]): NodeUsage => ({
  gateway: String(gateway),
  node: String(node),
  client: String(client),
  ...readUsage(usage),
})

function readDay(cells: readonly unknown[]): DayUsage {
  const [dayMs = 0, events = 0, refused = 0, bytesOut = 0] = cells.map(Number)
  return { dayMs, events, refused, bytesOut }
}
