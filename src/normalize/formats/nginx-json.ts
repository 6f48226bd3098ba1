import { isCredentialName, readFieldCredential, readQueryCredentials } from '../credentials.ts'
import type { Draft } from '../draft.ts'
import type { JsonFormat, JsonObject } from '../format.ts'
import { firstText, textOf } from '../raw-value.ts'

/** Field names that operators use for each fact, best first. NGINX has no JSON format of its own. */
const aliases = {
  time: ['time_iso8601', 'time', '@timestamp', 'timestamp', 'ts', 'time_local'],
  forwardedFor: ['http_x_forwarded_for', 'x_forwarded_for', 'xff'],
  realAddress: ['http_x_real_ip', 'x_real_ip'],
  method: ['request_method', 'method'],
  target: ['request_uri', 'uri', 'path', 'url'],
  host: ['host', 'http_host', 'server_name', 'vhost'],
  status: ['status', 'response_code'],
  bytesOut: ['bytes_sent', 'body_bytes_sent', 'size'],
  bytesIn: ['request_length', 'bytes_received'],
  latency: ['request_time', 'duration'],
  userAgent: ['http_user_agent', 'user_agent', 'agent'],
  requestId: ['request_id', 'req_id', 'x_request_id', 'http_x_request_id'],
  ja3: ['ssl_ja3', 'ssl_ja3_hash', 'http_ssl_ja3_hash', 'ja3'],
  credentialId: ['credential_id', 'key_id', 'api_key_id', 'token_id', 'token_hmac', 'token_hash'],
  consumer: ['consumer', 'consumer_id', 'http_x_consumer_id', 'jwt_claim_sub', 'remote_user'],
  application: ['application', 'app', 'app_id', 'client_id'],
  tenant: ['tenant', 'tenant_id', 'organization'],
  node: ['node', 'hostname', 'pod', 'server_addr'],
} as const

/**
 * NGINX, OpenResty and ingress-nginx with a JSON `log_format` of the operator's, read by a table of
 * names. Numbers may be quoted; `request_time` and `msec` are seconds.
 *
 * `remote_user` and header variables are what the client sent: they name the caller only where the
 * answer was not 401. `bytes_sent` and `request_length` include headers, `body_bytes_sent` does not.
 */
export const nginxJson: JsonFormat = {
  kind: 'json',
  id: 'nginx-json',

  claims: record =>
    record['remote_addr'] !== undefined &&
    record['status'] !== undefined &&
    record['response_flags'] === undefined &&
    record['src_ip'] === undefined &&
    (record['body_bytes_sent'] !== undefined ||
      record['bytes_sent'] !== undefined ||
      record['request_time'] !== undefined),

  read(record, draft) {
    draft.gateway = 'nginx'
    draft.node = firstText(record, aliases.node)
    readTime(record, draft)
    readCredentials(record, draft)
    draft.socketAddress = record['remote_addr']
    draft.forwardedFor = firstText(record, aliases.forwardedFor)
    draft.realAddress = firstText(record, aliases.realAddress)
    draft.status = firstText(record, aliases.status)
    readRequest(record, draft)
    draft.latency = firstText(record, aliases.latency)
    draft.latencyScale = 1_000
    draft.bytesIn = firstText(record, aliases.bytesIn)
    draft.bytesOut = firstText(record, aliases.bytesOut)
    draft.userAgent = firstText(record, aliases.userAgent)
    draft.requestId = firstText(record, aliases.requestId)
    draft.ja3 = firstText(record, aliases.ja3)
    draft.credentialId = firstText(record, aliases.credentialId)
    if (draft.status !== '401') draft.consumer = firstText(record, aliases.consumer)
    draft.application = firstText(record, aliases.application)
    draft.tenant = firstText(record, aliases.tenant)
  },
}

/** `msec` has milliseconds where the dates of NGINX have whole seconds. */
function readTime(record: JsonObject, draft: Draft): void {
  const seconds = textOf(record['msec'])
  draft.time = seconds ?? firstText(record, aliases.time)
  const isEpoch = typeof draft.time === 'string' && /^\d{9,11}(\.\d+)?$/.test(draft.time)
  draft.timeUnit = isEpoch ? 's' : 'text'
}

/** Header variables (`http_apikey`) and fields that hold a credential, and the query. */
function readCredentials(record: JsonObject, draft: Draft): void {
  for (const field in record) {
    const name = field.startsWith('http_') ? field.slice(5).replaceAll('_', '-') : field
    if (isCredentialName(name)) readFieldCredential(name, record[field], draft)
  }
  const query = firstText(record, ['args', 'query_string', 'query'])
  if (query !== undefined) readQueryCredentials(query, 'query', draft)
}

/** Method and target, from their own fields or from the request line. */
function readRequest(record: JsonObject, draft: Draft): void {
  draft.host = firstText(record, aliases.host)
  draft.method = firstText(record, aliases.method)
  draft.target = firstText(record, aliases.target)
  const line = textOf(record['request'])
  if (line === undefined || (draft.method !== undefined && draft.target !== undefined)) return
  const [method, ...rest] = line.split(' ')
  if (rest.at(-1)?.startsWith('HTTP/') === true) rest.pop()
  draft.method ??= method
  draft.target ??= rest.join(' ')
}
