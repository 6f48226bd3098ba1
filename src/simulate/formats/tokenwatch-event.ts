import type { SimulatedCall } from '../simulated-call.ts'

/**
 * A line of tokenwatch's own format. With `credentialId` the raw key is left out, as a gateway that
 * knows its credentials would; a key that the gateway does not know is sent raw.
 */
export function renderTokenwatchEvent(call: SimulatedCall): string {
  return JSON.stringify({
    ts: new Date(call.tsMs).toISOString(),
    ...(call.credentialId === undefined
      ? { token: call.token }
      : { credentialId: call.credentialId }),
    consumer: call.consumer,
    application: call.application,
    tenant: call.tenant,
    ip: call.ip,
    asn: call.asn,
    country: call.country,
    method: call.method,
    host: call.host,
    path: call.path,
    status: call.status,
    latencyMs: call.latencyMs,
    bytesIn: call.bytesIn,
    bytesOut: call.bytesOut,
    userAgent: call.userAgent,
    gateway: call.gateway,
    node: call.node,
  })
}
