const PARSES = 100_000
const text = JSON.stringify({
  request: {
    id: 'f3a1',
    method: 'GET',
    uri: '/v1/orders/1000',
    headers: { host: 'api.example.com' },
  },
  response: { status: 200, size: 2_048 },
  latencies: { request: 41, kong: 2, proxy: 39 },
  client_ip: '198.51.100.7',
  started_at: 1_700_000_000_000,
})

/**
 * How fast the machine is just now: nanoseconds for one piece of fixed work, JSON.parse of a small record.
 * A shared machine is at times half as fast as at others; figures taken at different paces do not compare.
 */
export function pace(): number {
  let sum = 0
  const startMs = performance.now()
  for (let done = 0; done < PARSES; done++)
    sum += (JSON.parse(text) as { started_at: number }).started_at
  const nanoseconds = ((performance.now() - startMs) * 1e6) / PARSES
  return sum > 0 ? Math.round(nanoseconds) : Number.NaN
}
