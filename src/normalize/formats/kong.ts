import { readHeaderCredentials } from '../credentials.ts'
import type { JsonFormat, JsonObject } from '../format.ts'
import { objectOf, textOf } from '../raw-value.ts'

const nothing: JsonObject = {}

/**
 * Kong's log serializer: http-log, file-log, tcp-log, udp-log and kafka-log write this one shape.
 *
 * Times are ms. `authenticated_entity.id` is the credential, there only after authentication. Only
 * `authorization` and `proxy-authorization` are masked by Kong: an `apikey` header, the query and the
 * url carry keys in clear. `response.size` and `request.size` include headers.
 *
 * @see https://developer.konghq.com/gateway/logs/ (log format of the serializer)
 */
export const kong: JsonFormat = {
  kind: 'json',
  id: 'kong',

  claims: record =>
    record['started_at'] !== undefined &&
    objectOf(record['latencies']) !== undefined &&
    objectOf(record['request']) !== undefined,

  read(record, draft) {
    const request = objectOf(record['request']) ?? nothing
    const response = objectOf(record['response']) ?? nothing
    const latencies = objectOf(record['latencies']) ?? nothing
    const headers = objectOf(request['headers']) ?? nothing
    const consumer = objectOf(record['consumer']) ?? nothing
    draft.gateway = 'kong'
    draft.node = record['hostname']
    draft.time = record['started_at']
    readHeaderCredentials(headers, draft)
    draft.credentialId = objectOf(record['authenticated_entity'])?.['id']
    draft.consumer = textOf(consumer['username']) ?? consumer['id']
    draft.application = consumer['custom_id']
    // Kong Enterprise keeps tenants apart by workspace.
    draft.tenant = record['workspace_name']
    draft.socketAddress = record['client_ip']
    draft.forwardedFor = headers['x-forwarded-for']
    draft.method = request['method']
    draft.host = headers['host'] ?? hostOfUrl(request['url'])
    draft.target = request['uri'] ?? request['url']
    draft.status = response['status']
    draft.latency = latencies['request']
    draft.bytesIn = request['size']
    draft.bytesOut = response['size']
    draft.userAgent = headers['user-agent']
    draft.requestId = request['id']
    const ai = objectOf(record['ai'])
    if (ai !== undefined) readUsage(ai, draft)
  },
}

function hostOfUrl(url: unknown): string | undefined {
  if (typeof url !== 'string') return undefined
  return /^[a-z]+:\/\/([^/?#@]*)(?:[/?#]|$)/.exec(url)?.[1]
}

/** Usage of the AI plugins: the first that has one; the key is the plugin's name. */
function readUsage(ai: JsonObject, draft: Parameters<JsonFormat['read']>[1]): void {
  for (const plugin in ai) {
    const entry = objectOf(ai[plugin])
    const usage = objectOf(entry?.['usage'])
    if (usage === undefined) continue
    const meta = objectOf(entry?.['meta'])
    draft.llmTokensIn = usage['prompt_tokens']
    draft.llmTokensOut = usage['completion_tokens']
    draft.costUsd = usage['cost']
    draft.model = meta?.['response_model'] ?? meta?.['request_model']
    return
  }
}
