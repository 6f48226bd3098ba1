import { readEncodedHeaders, readFieldCredential } from '../credentials.ts'
import type { JsonFormat, JsonObject } from '../format.ts'
import { objectOf, quantityOf, textOf } from '../raw-value.ts'

const nothing: JsonObject = {}

/**
 * Apinto's nested formatter, as its documentation shows it (`request.request_method`, `status_code`,
 * `time`) and as it is often written (`request.method`, `response`): operators choose the names.
 *
 * The documented one has no identity at all. `$token`, if an operator logs it (here `api_key`), is the
 * key in clear. `request_time` is ms, everything called `response_time` or `time_ns` is ns.
 */
export const apinto: JsonFormat = {
  kind: 'json',
  id: 'apinto',

  claims(record) {
    if (record['time_iso8601'] === undefined || record['latencies'] !== undefined) return false
    const request = objectOf(record['request'])
    return request?.['request_method'] !== undefined || request?.['method'] !== undefined
  },

  read(record, draft) {
    const request = objectOf(record['request']) ?? nothing
    const response = objectOf(record['response']) ?? nothing
    const time = objectOf(record['time']) ?? nothing
    const headers = readEncodedHeaders(request['header'], 'header', draft)
    readEncodedHeaders(objectOf(record['proxy'])?.['proxy_header'], 'proxy', draft)
    readFieldCredential('api_key', record['api_key'], draft)
    readFieldCredential('token', record['token'], draft)
    draft.gateway = 'apinto'
    draft.node = record['node']
    draft.time = record['time_iso8601']
    draft.timeUnit = 'text'
    draft.credentialId = record['authorization']
    draft.credentialName = record['authorization_name']
    draft.application = record['application']
    draft.socketAddress = request['remote_addr']
    draft.forwardedFor = textOf(request['x_forwarded_for']) ?? headers.forwardedFor
    draft.realAddress = headers.realAddress ?? request['src_ip']
    draft.method = request['request_method'] ?? request['method']
    draft.host = request['host']
    draft.target = request['request_uri'] ?? request['uri']
    draft.status = objectOf(record['status_code'])?.['status'] ?? response['status']
    draft.isAuthFailed = record['auth_status'] === 'fail'
    draft.isThrottled = textOf(record['strategy']) !== undefined && quantityOf(draft.status) === 403
    readLatency(time, response, draft)
    draft.bytesIn = request['length']
    draft.bytesOut = response['length']
    draft.userAgent = textOf(request['user_agent']) ?? headers.userAgent
    draft.requestId = record['request_id']
  },
}

function readLatency(
  time: JsonObject,
  response: JsonObject,
  draft: Parameters<JsonFormat['read']>[1],
): void {
  const requestMs = time['request_time']
  if (requestMs !== undefined) {
    draft.latency = requestMs
    return
  }
  draft.latency = response['time_ns']
  draft.latencyScale = 1e-6
}
