import { readEncodedHeaders, readFieldCredential } from '../credentials.ts'
import type { Draft } from '../draft.ts'
import type { JsonFormat, JsonObject } from '../format.ts'
import { quantityOf, textOf } from '../raw-value.ts'

/**
 * APIPark's flat access log: its default formatter, the same with all values as strings (Loki), and a
 * formatter without bodies and headers.
 *
 * `msec` and `request_time` are ms, `response_time` beside them is ns, `response_length` a string.
 * `authorization` is the credential's UUID, not a header; empty before authentication. `request_header`
 * holds all headers with the key in clear. `src_ip` is the first X-Forwarded-For or X-Real-IP and can be
 * forged by anybody; `remote_addr` is the socket.
 */
export const apipark: JsonFormat = {
  kind: 'json',
  id: 'apipark',

  claims: record =>
    record['msec'] !== undefined &&
    record['src_ip'] !== undefined &&
    record['request_id'] !== undefined &&
    (record['authorization'] !== undefined || record['proxy_uri'] !== undefined),

  read(record, draft) {
    const headers = readEncodedHeaders(record['request_header'], 'header', draft)
    readEncodedHeaders(record['proxy_header'], 'proxy', draft)
    readFieldCredential('token', record['token'], draft)
    readFieldCredential('api_key', record['api_key'], draft)
    draft.gateway = 'apipark'
    draft.node = record['node']
    draft.time = record['msec']
    draft.credentialId = record['authorization']
    draft.credentialName = record['authorization_name']
    draft.application = record['application']
    draft.isAuthFailed = record['auth_status'] === 'fail'
    draft.isThrottled = isStoppedByStrategy(record)
    draft.socketAddress = textOf(record['remote_addr']) ?? record['src_ip']
    draft.forwardedFor = headers.forwardedFor
    draft.realAddress = headers.realAddress ?? record['src_ip']
    draft.method = record['request_method']
    draft.host = record['request_host'] ?? record['host']
    draft.target = textOf(record['request_uri']) ?? record['uri']
    draft.status = record['status']
    draft.latency = record['request_time']
    draft.bytesIn = sizeOf(record['request_length'], record['request_body'])
    draft.bytesOut = sizeOf(record['response_length'], record['response_body'])
    draft.userAgent = textOf(record['http_user_agent']) ?? headers.userAgent
    draft.requestId = record['request_id']
    readUsage(record, draft)
  },
}

/** The rate limiting of Apinto answers 403; only the name of the strategy tells it from a refusal. */
function isStoppedByStrategy(record: JsonObject): boolean {
  return textOf(record['strategy']) !== undefined && quantityOf(record['status']) === 403
}

/** The length that the log has, else that of the body; -1 is how Apinto writes a chunked answer. */
function sizeOf(length: unknown, body: unknown): number | undefined {
  const known = quantityOf(length)
  if (known !== undefined) return known
  return typeof body === 'string' && body !== '' ? Buffer.byteLength(body) : undefined
}

function readUsage(record: JsonObject, draft: Draft): void {
  draft.llmTokensIn = record['ai_model_input_token']
  draft.llmTokensOut = record['ai_model_output_token']
  draft.model = record['ai_model']
}
