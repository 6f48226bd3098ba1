import type { AccessEvent, Fingerprint } from '../../src/domain/access-event.ts'
import type { Stream } from '../../src/domain/source-position.ts'
import type { EventStream } from '../../src/store/event-stream.ts'
import { rollups } from '../../src/store/rollups.ts'
import { selectRows } from '../../src/store/rows.ts'
import type { Store } from '../../src/store/store.ts'

/** The same event for the same stream and offset: any range can be made again at any time. */
export function eventAt(stream: Stream, offset: number, index = 0, tokens = 97): AccessEvent {
  const random = Math.imul(offset + 1, 0x85ebca6b) >>> 0
  const token = random % tokens
  const isOdd = offset % 2 === 1
  // A literal without spread: an object of this many keys is slow to read when it was made with one.
  return {
    source: stream.source,
    partition: stream.partition,
    offset,
    index,
    origin: undefined,
    ts: Date.UTC(2026, 0, 5) + offset * 1_000,
    entity: 'token',
    token: token.toString(16).padStart(32, 'a') as Fingerprint,
    tokenHint: `sk_test_…${token}`,
    credentialId: isOdd ? `credential-${token}` : undefined,
    consumer: `consumer-${token % 40}`,
    application: undefined,
    tenant: `tenant-${token % 7}`,
    scopes: isOdd ? ['read', 'write'] : undefined,
    tokenIssuedAtMs: isOdd ? Date.UTC(2025, 5, 1) : undefined,
    tokenExpiresAtMs: undefined,
    ip: random % 5 === 0 ? `2001:db8:${(random % 9) + 1}::7` : `198.51.100.${random % 250}`,
    prefix: random % 5 === 0 ? `2001:db8:${(random % 9) + 1}::/48` : '198.51.100.0/24',
    asn: 64_496 + (random % 5),
    country: 'DE',
    networkType: 'hosting',
    gateway: 'kong',
    node: `gw-${random % 3}`,
    method: isOdd ? 'GET' : 'POST',
    host: 'api.example.com',
    route: `/v1/items/${random % 11}/{id}`,
    path: `/v1/items/${random % 11}/${offset}`,
    objectKey: isOdd ? random * 1_000 : undefined,
    status: [200, 200, 201, 401, 403, 404, 429, 500][random % 8] ?? 200,
    authOutcome: 'ok',
    latencyMs: isOdd ? random % 700 : undefined,
    bytesIn: random % 900,
    bytesOut: random % 70_000,
    llmTokensIn: undefined,
    llmTokensOut: isOdd ? random % 400 : undefined,
    costUsd: isOdd ? (random % 1_000) / 7_000 : undefined,
    model: undefined,
    userAgent: 'python-requests/2.32.3',
    client: `python-requests/${random % 3}`,
    ja3: undefined,
    requestId: `request-${offset}`,
    leaks: random % 50 === 0 ? ['query.api_key'] : [],
  }
}

/** One insert of several blocks, if there are many events. */
export async function appendEvents(
  writer: Pick<EventStream, 'encode' | 'append'>,
  events: readonly AccessEvent[],
): Promise<void> {
  const blocks = []
  for (let start = 0; start < events.length; start += 4_096)
    blocks.push(writer.encode(events.slice(start, start + 4_096)))
  await writer.append(blocks)
}

/** Events of the offsets from `from` up to but not including `to`. */
export function eventsOf(stream: Stream, from: number, to: number, tokens?: number): AccessEvent[] {
  return Array.from({ length: to - from }, (_, at) => eventAt(stream, from + at, 0, tokens))
}

/** Rows of every rollup that differ from what its view's SELECT gives over all stored events. */
export async function rollupDifferences(store: Store): Promise<Record<string, number>> {
  const differences: Record<string, number> = {}
  for (const rollup of rollups) {
    const columns = await selectRows<{ name: string; type: string }>(
      store,
      `DESCRIBE TABLE ${rollup}`,
    )
    const shown = columns.map(({ name, type }) => {
      const [, merge] = /^SimpleAggregateFunction\((\w+),/.exec(type) ?? []
      return { name, expression: merge === undefined ? name : `${merge}(${rollup}.${name})` }
    })
    const keys = shown.filter(({ name, expression }) => name === expression).map(({ name }) => name)
    const names = shown.map(({ name }) => name).join(', ')
    const stored = `SELECT ${shown.map(({ name, expression }) => `${expression} AS ${name}`).join(', ')}
      FROM ${rollup} GROUP BY ${keys.join(', ')}`
    const [view] = await selectRows<{ query: string }>(
      store,
      'SELECT as_select AS query FROM system.tables WHERE database = {database:String} AND name = {view:String}',
      { database: store.database, view: `${rollup}_mv` },
    )
    const [answer] = await selectRows<{ differences: number }>(
      store,
      `SELECT count() AS differences FROM (
         SELECT ${names}, sum(side) AS balance FROM (
           SELECT ${names}, 1 AS side FROM (${stored})
           UNION ALL SELECT ${names}, -1 AS side FROM (${view?.query})
         ) GROUP BY ${names} HAVING balance != 0)`,
    )
    differences[rollup] = answer?.differences ?? -1
  }
  return differences
}

/** What `rollupDifferences` gives when every rollup equals the events, row by row. */
export const noDifferences = Object.fromEntries(rollups.map(rollup => [rollup, 0]))

/** Stored events of a stream: how many, how many different ones, and the last offset. */
export async function countEvents(store: Store, { source, partition }: Stream) {
  const [counts] = await selectRows<{ events: number; unique: number; last: number }>(
    store,
    `SELECT count() AS events, uniqExact(source_offset, source_index) AS unique,
       toInt64(max(source_offset)) AS last
     FROM access_events
     WHERE source = {source:String} AND source_partition = {partition:UInt16}`,
    { source, partition },
  )
  return counts
}
