import type { SimulatedCall } from '../simulated-call.ts'

/**
 * A record as Kong's `log.serialize` writes it (http-log, file-log, kafka-log), without the parts that
 * no reader uses. The key stands in a header in clear, as it does in real logs: whoever reads this must
 * keep it from getting any further. `hostname` is a custom field (`custom_fields_by_lua`): Kong itself
 * does not say which instance it is.
 *
 * A call answered 401 has no `authenticated_entity`, whatever it was before: this is how Kong logs a
 * credential that was deleted, or one that it never knew. Only the key itself tells which it was.
 *
 * @see https://developer.konghq.com/plugins/http-log/#log-format
 */
export function renderKongRecord(call: SimulatedCall): string {
  const isProxied = call.status !== 401
  return JSON.stringify({
    request: {
      id: requestId(call),
      method: call.method,
      uri: call.path,
      url: `https://${call.host}${call.path}`,
      size: call.bytesIn,
      querystring: {},
      headers: { host: call.host, 'user-agent': call.userAgent, accept: '*/*', apikey: call.token },
    },
    response: {
      status: call.status,
      size: call.bytesOut,
      headers: { 'content-type': 'application/json; charset=utf-8' },
    },
    latencies: {
      kong: 1,
      proxy: isProxied ? call.latencyMs - 1 : -1,
      request: call.latencyMs,
    },
    route: { name: call.path.split('/', 2).join(''), paths: [call.path.split('/', 2).join('/')] },
    service: { name: call.application ?? 'api', host: `${call.tenant}.internal.example.com` },
    workspace_name: call.tenant,
    client_ip: call.ip,
    started_at: call.tsMs,
    source: isProxied ? 'upstream' : 'kong',
    hostname: call.node,
    ...identity(call),
  })
}

function identity({ status, credentialId, consumer, application }: SimulatedCall) {
  if (credentialId === undefined || status === 401) return {}
  const consumerId = `${credentialId.slice(0, 24)}${credentialId.slice(24).split('').reverse().join('')}`
  return {
    consumer: { id: consumerId, username: consumer, custom_id: application },
    authenticated_entity: { id: credentialId, consumer_id: consumerId },
  }
}

/** 32 hex digits from what differs between calls. */
function requestId({ tsMs, bytesIn, bytesOut, latencyMs }: SimulatedCall): string {
  const hex = (value: number, digits: number) =>
    value.toString(16).padStart(digits, '0').slice(-digits)
  return hex(tsMs, 12) + hex(bytesIn, 6) + hex(bytesOut, 8) + hex(latencyMs, 6)
}
