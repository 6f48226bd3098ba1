import { renderKongRecord } from '../../src/simulate/formats/kong-record.ts'
import type { SimulatedCall } from '../../src/simulate/simulated-call.ts'

/**
 * Kong's record of a call in two sizes: what a careful operator lets through (about 650 bytes), and all
 * that Kong writes by itself (about 2 KB).
 */
export const kongKinds: Readonly<Record<string, (call: SimulatedCall) => string>> = {
  lean(call) {
    const record = JSON.parse(renderKongRecord(call))
    const { id, method, uri, size, headers } = record.request
    return JSON.stringify({
      request: { id, method, uri, size, headers },
      response: { status: record.response.status, size: record.response.size },
      latencies: record.latencies,
      workspace_name: record.workspace_name,
      client_ip: record.client_ip,
      started_at: record.started_at,
      hostname: record.hostname,
      consumer: record.consumer && {
        username: record.consumer.username,
        custom_id: record.consumer.custom_id,
      },
      authenticated_entity: record.authenticated_entity && { id: record.authenticated_entity.id },
    })
  },

  full(call) {
    const record = JSON.parse(renderKongRecord(call))
    const { tsMs, latencyMs, bytesOut } = call
    const serviceId = 'fb4eecf8-dec2-40ef-b779-16de7e2384c7'
    const createdS = 1_726_782_459
    return JSON.stringify({
      ...record,
      request: { ...record.request, headers: { ...record.request.headers, ...requestHeaders } },
      response: {
        ...record.response,
        headers: {
          ...record.response.headers,
          'content-length': String(bytesOut - 380),
          date: new Date(tsMs).toUTCString(),
          'x-kong-upstream-latency': String(latencyMs - 1),
          'x-kong-request-id': record.request.id,
          ...responseHeaders,
        },
      },
      route: {
        ...record.route,
        ...routeSettings,
        service: { id: serviceId },
        created_at: createdS,
        updated_at: createdS,
      },
      service: {
        ...record.service,
        ...serviceSettings,
        id: serviceId,
        created_at: createdS,
        updated_at: createdS,
      },
      tries: [{ ...firstTry, balancer_start: tsMs, balancer_start_ns: tsMs * 1e6 }],
      upstream_status: String(call.status),
      upstream_uri: call.path,
    })
  },
}

const requestHeaders = { connection: 'keep-alive', 'accept-encoding': 'gzip, deflate' }
const responseHeaders = {
  server: 'gunicorn/19.9.0',
  via: '1.1 kong/3.8.0.0-enterprise-edition',
  connection: 'close',
  'x-kong-proxy-latency': '1',
}
const routeSettings = {
  id: '0f1a4101-3327-4274-b1e4-484a4ab0c030',
  ws_id: 'f381e34e-5c25-4e65-b91b-3c0a86cfc393',
  protocols: ['http', 'https'],
  path_handling: 'v0',
  https_redirect_status_code: 426,
  regex_priority: 0,
  tags: [],
  strip_path: true,
  preserve_host: false,
  request_buffering: true,
  response_buffering: true,
}
const serviceSettings = {
  ws_id: 'f381e34e-5c25-4e65-b91b-3c0a86cfc393',
  port: 80,
  protocol: 'http',
  enabled: true,
  retries: 5,
  connect_timeout: 60_000,
  read_timeout: 60_000,
  write_timeout: 60_000,
}
const firstTry = { ip: '192.0.2.80', port: 80, balancer_latency: 0, balancer_latency_ns: 27_904 }
