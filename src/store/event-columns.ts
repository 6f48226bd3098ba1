import type { AccessEvent } from '../domain/access-event.ts'
import type { RowColumn } from './native/native-encoder.ts'

/** Optional text: the empty one for absent. */
const text = (value: string | undefined) => value ?? ''

// A log may claim any number. What no call can have is kept at the bound, so that sums do not overflow and
// one hostile record does not make its whole batch unfit for the store.
const BYTES_MAX = 2 ** 48
const LATENCY_MS_MAX = 2 ** 32 - 1
const COST_USD_MAX = 1e9
const TIME_MS_MAX = 8.64e15
const ASN_MAX = 2 ** 32 - 1

function upTo(maximum: number, value: number | undefined): number | undefined {
  return value !== undefined && value >= 0 ? Math.min(value, maximum) : undefined
}

const time = (value: number | undefined) =>
  value !== undefined && Math.abs(value) <= TIME_MS_MAX ? value : undefined

/** Kept in whole milliseconds. */
const latency = (value: number | undefined) =>
  value === undefined ? undefined : upTo(LATENCY_MS_MAX, Math.round(value))

/** Every field of an access event and the column that holds it. `ingest_date` is stamped by the insert. */
export const eventColumns: readonly RowColumn<AccessEvent>[] = [
  { name: 'ts', type: 'DateTime64(3)', of: event => event.ts },
  { name: 'entity', type: 'LowCardinality(String)', of: event => event.entity },
  { name: 'token', type: 'UUID', of: event => event.token },
  { name: 'token_hint', type: 'LowCardinality(String)', of: event => event.tokenHint },
  { name: 'credential_id', type: 'LowCardinality(String)', of: event => text(event.credentialId) },
  { name: 'consumer', type: 'LowCardinality(String)', of: event => text(event.consumer) },
  { name: 'application', type: 'LowCardinality(String)', of: event => text(event.application) },
  { name: 'tenant', type: 'LowCardinality(String)', of: event => event.tenant },
  { name: 'scopes', type: 'Array(LowCardinality(String))', of: event => event.scopes },
  {
    name: 'token_issued_at',
    type: 'Nullable(DateTime64(3))',
    of: event => time(event.tokenIssuedAtMs),
  },
  {
    name: 'token_expires_at',
    type: 'Nullable(DateTime64(3))',
    of: event => time(event.tokenExpiresAtMs),
  },
  { name: 'ip', type: 'IPv6', of: event => event.ip },
  { name: 'prefix', type: 'LowCardinality(String)', of: event => event.prefix },
  { name: 'asn', type: 'UInt32', of: event => (event.asn <= ASN_MAX ? event.asn : 0) },
  { name: 'country', type: 'LowCardinality(String)', of: event => event.country },
  { name: 'network_type', type: 'LowCardinality(String)', of: event => event.networkType },
  { name: 'gateway', type: 'LowCardinality(String)', of: event => event.gateway },
  { name: 'node', type: 'LowCardinality(String)', of: event => event.node },
  { name: 'method', type: 'LowCardinality(String)', of: event => event.method },
  { name: 'host', type: 'LowCardinality(String)', of: event => event.host },
  { name: 'route', type: 'LowCardinality(String)', of: event => event.route },
  { name: 'path', type: 'String', of: event => event.path },
  { name: 'object_key', type: 'Nullable(UInt64)', of: event => event.objectKey },
  { name: 'status', type: 'UInt16', of: event => event.status },
  { name: 'auth_outcome', type: 'LowCardinality(String)', of: event => event.authOutcome },
  { name: 'latency_ms', type: 'Nullable(UInt32)', of: event => latency(event.latencyMs) },
  { name: 'bytes_in', type: 'Nullable(UInt64)', of: event => upTo(BYTES_MAX, event.bytesIn) },
  { name: 'bytes_out', type: 'Nullable(UInt64)', of: event => upTo(BYTES_MAX, event.bytesOut) },
  {
    name: 'llm_tokens_in',
    type: 'Nullable(UInt64)',
    of: event => upTo(BYTES_MAX, event.llmTokensIn),
  },
  {
    name: 'llm_tokens_out',
    type: 'Nullable(UInt64)',
    of: event => upTo(BYTES_MAX, event.llmTokensOut),
  },
  { name: 'cost_usd', type: 'Nullable(Float64)', of: event => upTo(COST_USD_MAX, event.costUsd) },
  { name: 'model', type: 'LowCardinality(String)', of: event => text(event.model) },
  { name: 'user_agent', type: 'LowCardinality(String)', of: event => event.userAgent },
  { name: 'client', type: 'LowCardinality(String)', of: event => event.client },
  { name: 'ja3', type: 'LowCardinality(String)', of: event => text(event.ja3) },
  { name: 'request_id', type: 'String', of: event => text(event.requestId) },
  { name: 'leaks', type: 'Array(LowCardinality(String))', of: event => event.leaks },
  { name: 'source', type: 'LowCardinality(String)', of: event => event.source },
  { name: 'source_partition', type: 'UInt16', of: event => event.partition },
  { name: 'source_offset', type: 'UInt64', of: event => event.offset },
  { name: 'source_index', type: 'UInt16', of: event => event.index },
  {
    name: 'origin_source',
    type: 'LowCardinality(String)',
    of: event => text(event.origin?.source),
  },
  { name: 'origin_partition', type: 'UInt16', of: event => event.origin?.partition ?? 0 },
  { name: 'origin_offset', type: 'UInt64', of: event => event.origin?.offset ?? 0 },
  { name: 'origin_index', type: 'UInt16', of: event => event.origin?.index ?? 0 },
]
