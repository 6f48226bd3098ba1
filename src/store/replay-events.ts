import type {
  AccessEvent,
  AuthOutcome,
  EntityKind,
  Fingerprint,
  NetworkType,
} from '../domain/access-event.ts'
import type { Stream } from '../domain/source-position.ts'
import { eventColumns } from './event-columns.ts'
import { selectExpression, selectRows } from './rows.ts'
import type { Store } from './store.ts'
import { OF_STREAM, streamParameters } from './stream-owner.ts'
import { toPipelineError } from './to-pipeline-error.ts'

/** Events that are handed on at a time. */
const CHUNK_EVENTS = 20_000
/** Offsets of one query: the table is ordered by token, so each query looks through the stream's days. */
const WINDOW_OFFSETS = 200_000

/**
 * Events of a stream above an offset as they were stored, in the order of (offset, index). Memory is bounded
 * by a window of offsets on the server, and by a chunk here. Absent and empty scopes are both undefined.
 *
 * @throws PipelineError
 */
export async function* replayEvents(
  store: Store,
  stream: Stream,
  afterOffset: number,
): AsyncGenerator<readonly AccessEvent[]> {
  let chunk: AccessEvent[] = []
  for (let after = afterOffset; ; ) {
    const next = await nextStored(store, stream, after)
    if (next === undefined) break
    const until = next.offset + WINDOW_OFFSETS - 1
    for await (const rows of readWindow(store, stream, { ...next, until })) {
      for (const row of rows) chunk.push(toEvent(row))
      if (chunk.length < CHUNK_EVENTS) continue
      yield chunk
      chunk = []
    }
    after = until
  }
  if (chunk.length > 0) yield chunk
}

interface StoredFrom {
  readonly offset: number
  /** Days since 1970 before which nothing of the rest of the stream was stored. */
  readonly ingestDate: number
}

/** The first offset that is stored above another one. */
async function nextStored(
  store: Store,
  stream: Stream,
  after: number,
): Promise<StoredFrom | undefined> {
  const [answer] = await selectRows<StoredFrom & { events: number }>(
    store,
    `SELECT count() AS events, toInt64(min(source_offset)) AS offset,
       toUInt16(min(ingest_date)) AS ingestDate
     FROM access_events
     WHERE ${OF_STREAM} AND source_offset > {after:Int64}`,
    { ...streamParameters(stream), after },
  )
  return answer === undefined || answer.events === 0 ? undefined : answer
}

async function* readWindow(
  { client }: Store,
  stream: Stream,
  window: StoredFrom & { readonly until: number },
): AsyncGenerator<readonly StoredRow[]> {
  try {
    const answer = await client.query({
      query: windowQuery,
      query_params: { ...streamParameters(stream), ...window },
      format: 'JSONCompactEachRow',
      clickhouse_settings: { output_format_json_quote_64bit_integers: 0 },
    })
    for await (const rows of answer.stream<StoredRow>()) yield rows.map(row => row.json())
  } catch (error) {
    throw toPipelineError(error)
  }
}

const windowQuery = `
SELECT ${eventColumns.map(selectExpression).join(', ')}
FROM access_events
WHERE ${OF_STREAM} AND ingest_date >= toDate({ingestDate:UInt16})
  AND source_offset >= {offset:UInt64} AND source_offset <= {until:UInt64}
ORDER BY source_offset, source_index`

/** Values in the order of `eventColumns`. */
type StoredRow = [
  ts: number,
  entity: EntityKind,
  token: Fingerprint,
  tokenHint: string,
  credentialId: string,
  consumer: string,
  application: string,
  tenant: string,
  scopes: string[],
  tokenIssuedAtMs: number | null,
  tokenExpiresAtMs: number | null,
  ip: string,
  prefix: string,
  asn: number,
  country: string,
  networkType: NetworkType,
  gateway: string,
  node: string,
  method: string,
  host: string,
  route: string,
  path: string,
  objectKey: number | null,
  status: number,
  authOutcome: AuthOutcome,
  latencyMs: number | null,
  bytesIn: number | null,
  bytesOut: number | null,
  llmTokensIn: number | null,
  llmTokensOut: number | null,
  costUsd: number | null,
  model: string,
  userAgent: string,
  client: string,
  ja3: string,
  requestId: string,
  leaks: string[],
  source: string,
  partition: number,
  offset: number,
  index: number,
  originSource: string,
  originPartition: number,
  originOffset: number,
  originIndex: number,
]

const optional = (text: string) => (text === '' ? undefined : text)

/** An event that came directly has none. */
const originOf = (row: StoredRow) =>
  row[41] === ''
    ? undefined
    : { source: row[41], partition: row[42], offset: row[43], index: row[44] }

function toEvent(row: StoredRow): AccessEvent {
  return {
    ts: row[0],
    entity: row[1],
    token: row[2],
    tokenHint: row[3],
    credentialId: optional(row[4]),
    consumer: optional(row[5]),
    application: optional(row[6]),
    tenant: row[7],
    scopes: row[8].length === 0 ? undefined : row[8],
    tokenIssuedAtMs: row[9] ?? undefined,
    tokenExpiresAtMs: row[10] ?? undefined,
    ip: row[11],
    prefix: row[12],
    asn: row[13],
    country: row[14],
    networkType: row[15],
    gateway: row[16],
    node: row[17],
    method: row[18],
    host: row[19],
    route: row[20],
    path: row[21],
    objectKey: row[22] ?? undefined,
    status: row[23],
    authOutcome: row[24],
    latencyMs: row[25] ?? undefined,
    bytesIn: row[26] ?? undefined,
    bytesOut: row[27] ?? undefined,
    llmTokensIn: row[28] ?? undefined,
    llmTokensOut: row[29] ?? undefined,
    costUsd: row[30] ?? undefined,
    model: optional(row[31]),
    userAgent: row[32],
    client: row[33],
    ja3: optional(row[34]),
    requestId: optional(row[35]),
    leaks: row[36],
    source: row[37],
    partition: row[38],
    offset: row[39],
    index: row[40],
    origin: originOf(row),
  }
}
