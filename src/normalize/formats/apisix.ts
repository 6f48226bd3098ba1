import { readHeaderCredentials } from '../credentials.ts'
import type { JsonFormat, JsonObject } from '../format.ts'
import { objectOf, textOf } from '../raw-value.ts'

const nothing: JsonObject = {}

/**
 * Apache APISIX, the default entry that kafka-logger, http-logger and their kin share, alone or in
 * arrays; `log_format_extra` may add `credential_id` and `request_id`.
 *
 * Times are ms, latencies fractional ms. Request headers are not masked. `x-credential-identifier` is
 * set by the gateway, but a caller whom it did not authenticate may send one of his own: it counts only
 * beside `consumer`, which the gateway writes after authentication.
 *
 * @see https://apisix.apache.org/docs/apisix/plugins/kafka-logger/
 */
export const apisix: JsonFormat = {
  kind: 'json',
  id: 'apisix',

  claims: record =>
    record['start_time'] !== undefined &&
    record['client_ip'] !== undefined &&
    record['latencies'] === undefined &&
    objectOf(record['request']) !== undefined,

  read(record, draft) {
    const request = objectOf(record['request']) ?? nothing
    const response = objectOf(record['response']) ?? nothing
    const headers = objectOf(request['headers']) ?? nothing
    const consumer = textOf(objectOf(record['consumer'])?.['username'])
    draft.gateway = 'apisix'
    draft.node = objectOf(record['server'])?.['hostname']
    draft.time = record['start_time']
    readHeaderCredentials(headers, draft)
    if (consumer !== undefined) {
      draft.consumer = consumer
      draft.credentialId = textOf(record['credential_id']) ?? headers['x-credential-identifier']
    }
    draft.socketAddress = record['client_ip']
    draft.forwardedFor = headers['x-forwarded-for']
    draft.realAddress = headers['x-real-ip']
    draft.method = request['method']
    draft.host = headers['host']
    draft.target = request['uri'] ?? request['url']
    draft.status = response['status']
    draft.latency = record['latency']
    draft.bytesIn = request['size']
    draft.bytesOut = response['size']
    draft.userAgent = headers['user-agent']
    draft.requestId = record['request_id']
    const usage = objectOf(record['llm_summary'])
    if (usage === undefined) return
    draft.llmTokensIn = usage['prompt_tokens']
    draft.llmTokensOut = usage['completion_tokens']
    draft.model = usage['model'] ?? usage['request_model']
  },
}
