import type { AccessEvent } from '../domain/access-event.ts'
import type { RowColumn } from './native/native-encoder.ts'

/** Optional text: the empty one for absent. */
const text = (value: string | undefined) => value ?? ''

const LATENCY_MS_MAX = 4_294_967_295

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
    of: event => event.tokenIssuedAtMs,
  },
  {
    name: 'token_expires_at',
    type: 'Nullable(DateTime64(3))',
    of: event => event.tokenExpiresAtMs,
  },
  { name: 'ip', type: 'IPv6', of: event => event.ip },
  { name: 'prefix', type: 'LowCardinality(String)', of: event => event.prefix },
  { name: 'asn', type: 'UInt32', of: event => event.asn },
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
  { name: 'latency_ms', type: 'Nullable(UInt32)', of: event => wholeLatency(event.latencyMs) },
  { name: 'bytes_in', type: 'Nullable(UInt64)', of: event => event.bytesIn },
  { name: 'bytes_out', type: 'Nullable(UInt64)', of: event => event.bytesOut },
  { name: 'llm_tokens_in', type: 'Nullable(UInt64)', of: event => event.llmTokensIn },
  { name: 'llm_tokens_out', type: 'Nullable(UInt64)', of: event => event.llmTokensOut },
  { name: 'cost_usd', type: 'Nullable(Float64)', of: event => event.costUsd },
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
]

/** Latency is kept in whole milliseconds. */
function wholeLatency(latencyMs: number | undefined): number | undefined {
  if (latencyMs === undefined) return undefined
  return Math.min(Math.max(Math.round(latencyMs), 0), LATENCY_MS_MAX)
}
