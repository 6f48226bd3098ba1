import { isCredentialName, readFieldCredential } from '../credentials.ts'
import type { Draft } from '../draft.ts'
import type { JsonFormat, JsonObject } from '../format.ts'
import { firstText, objectOf, textOf } from '../raw-value.ts'

/** Names of the same fact in Envoy Gateway, Contour, Istio and Higress, and those that operators add. */
const aliases = {
  time: ['start_time', '@timestamp', 'timestamp'],
  forwardedFor: ['x-forwarded-for', 'x_forwarded_for'],
  host: [':authority', 'authority'],
  target: ['x-envoy-origin-path', 'x-envoy-original-path', ':path', 'path'],
  method: ['method', ':method'],
  userAgent: ['user-agent', 'user_agent'],
  requestId: ['x-request-id', 'request_id'],
  ja3: ['tls_ja3_fingerprint', 'ja3'],
  credentialId: ['x-credential-identifier', 'credential_id', 'key_id', 'api_key_id'],
  consumer: ['x-consumer-id', 'x_consumer_id', 'x-mse-consumer', 'jwt_sub', 'consumer'],
  application: ['client_id', 'x-client-id', 'jwt_azp', 'application'],
  tenant: ['tenant', 'x-tenant-id'],
  node: ['node', 'hostname', 'node_name', 'pod_name'],
} as const

/**
 * JSON access logs of the Envoy family: Envoy Gateway, Contour, Istio and Higress, with numbers or
 * strings. `duration` is ms, bytes are of bodies only, `downstream_remote_address` has a port.
 *
 * None logs an identity by default: fields of that kind are the operator's, set by an authentication
 * filter, and not read where authentication failed. Higress adds `ai_log`, JSON in a string, of which
 * only the counters are read, never the conversation; it may also stand alone.
 *
 * @see https://www.envoyproxy.io/docs/envoy/latest/configuration/observability/access_log/usage
 */
export const envoy: JsonFormat = {
  kind: 'json',
  id: 'envoy',

  claims(record) {
    if (typeof record['ai_log'] === 'string') return true
    if (record['response_flags'] === undefined || record['response_code'] === undefined)
      return false
    return record[':authority'] !== undefined || record['authority'] !== undefined
  },

  read(record, draft) {
    draft.gateway = productOf(record)
    draft.node = firstText(record, aliases.node)
    draft.time = firstText(record, aliases.time)
    draft.timeUnit = 'text'
    for (const name in record) {
      if (isCredentialName(name)) readFieldCredential(name, record[name], draft)
    }
    draft.socketAddress = record['downstream_remote_address']
    draft.forwardedFor = firstText(record, aliases.forwardedFor)
    draft.method = firstText(record, aliases.method)
    draft.host = firstText(record, aliases.host)
    draft.target = firstText(record, aliases.target)
    draft.status = record['response_code']
    draft.latency = record['duration']
    draft.bytesIn = record['bytes_received']
    draft.bytesOut = record['bytes_sent']
    draft.userAgent = firstText(record, aliases.userAgent)
    draft.requestId = firstText(record, aliases.requestId)
    draft.ja3 = firstText(record, aliases.ja3)
    readOutcome(record, draft)
    if (!draft.isAuthFailed) readIdentity(record, draft)
    if (typeof record['ai_log'] === 'string') readAiLog(record['ai_log'], draft)
  },
}

function productOf(record: JsonObject): string {
  if ('ai_log' in record) return 'higress'
  if (':authority' in record) return 'envoy-gateway'
  return '@timestamp' in record ? 'contour' : 'istio'
}

/** Flags and gRPC status tell what an HTTP status of 200 or 403 does not. */
function readOutcome(record: JsonObject, draft: Draft): void {
  const details = textOf(record['response_code_details']) ?? ''
  const flags = textOf(record['response_flags']) ?? ''
  const grpcStatus = textOf(record['grpc_status_number'])
  draft.isThrottled = /\bRL(SE)?\b/.test(flags) || grpcStatus === '8'
  draft.isAuthFailed =
    details.startsWith('jwt_authn_access_denied') ||
    textOf(record['response_code']) === '401' ||
    grpcStatus === '16'
}

function readIdentity(record: JsonObject, draft: Draft): void {
  draft.credentialId = firstText(record, aliases.credentialId)
  draft.consumer = firstText(record, aliases.consumer)
  draft.application = firstText(record, aliases.application)
  draft.tenant = firstText(record, aliases.tenant)
}

function readAiLog(json: string, draft: Draft): void {
  const log = parseObject(json)
  if (log === undefined) return
  if (!draft.isAuthFailed) draft.consumer ??= log['consumer']
  draft.llmTokensIn = log['input_token']
  draft.llmTokensOut = log['output_token']
  draft.model = log['model']
  // Alone, without the access log's fields, it is a call of a model: the API's name is the route.
  draft.route = log['api']
  draft.method ??= 'POST'
  draft.latency ??= log['llm_service_duration']
}

function parseObject(json: string): JsonObject | undefined {
  try {
    return objectOf(JSON.parse(json))
  } catch {
    // A cut ai_log costs the counters, not the call.
    return undefined
  }
}
