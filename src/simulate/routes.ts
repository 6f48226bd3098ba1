/** One operation of an API. */
export interface Route {
  readonly method: string
  /** `/v1/orders/{id}`; at most one `{id}`. */
  readonly template: string
  /** Status of a call that went well. */
  readonly status: number
  readonly bytesInMedian: number
  readonly bytesOutMedian: number
  readonly latencyMsMedian: number
  /** Asks for a scope that ordinary tokens lack. */
  readonly isAdmin: boolean
}

const read = (template: string, bytesOutMedian: number, latencyMsMedian: number): Route => ({
  method: 'GET',
  template,
  status: 200,
  bytesInMedian: 0,
  bytesOutMedian,
  latencyMsMedian,
  isAdmin: false,
})

const write = (method: string, template: string, bytesInMedian: number): Route => ({
  method,
  template,
  status: method === 'POST' ? 201 : 200,
  bytesInMedian,
  bytesOutMedian: 350,
  latencyMsMedian: 60,
  isAdmin: false,
})

const admin = (method: string, template: string, bytesOutMedian: number): Route => ({
  ...read(template, bytesOutMedian, 35),
  method,
  isAdmin: true,
})

/** Business routes, roughly from the most to the least used. */
export const businessRoutes: readonly Route[] = [
  read('/v1/orders', 6_200, 45),
  read('/v1/orders/{id}', 1_400, 22),
  read('/v1/customers/{id}', 1_100, 20),
  write('POST', '/v1/orders', 900),
  read('/v1/products', 9_500, 50),
  read('/v1/products/{id}', 1_300, 18),
  read('/v1/invoices/{id}', 1_900, 30),
  write('PUT', '/v1/orders/{id}', 850),
  read('/v1/customers', 7_800, 55),
  read('/v1/shipments/{id}', 800, 25),
  write('POST', '/v1/payments', 700),
  read('/v1/invoices', 5_400, 48),
  read('/v1/search', 4_000, 80),
  read('/v1/stock/{id}', 300, 12),
  write('PATCH', '/v1/customers/{id}', 400),
  read('/v1/reports/daily', 14_000, 180),
]

/** What a release adds. */
export const newRoutes: readonly Route[] = [
  read('/v2/orders', 5_900, 38),
  read('/v2/orders/{id}', 1_500, 20),
  read('/v2/returns/{id}', 900, 24),
]

/** What the app on a telephone calls. */
export const appRoutes: readonly Route[] = [
  read('/app/v3/home', 5_200, 60),
  read('/app/v3/feed', 8_400, 75),
  read('/app/v3/items/{id}', 1_700, 25),
  write('POST', '/app/v3/events', 600),
  read('/app/v3/profile', 900, 18),
  write('POST', '/app/v3/cart', 300),
]

/** What a client of language models calls. */
export const modelRoutes: readonly Route[] = [
  {
    ...write('POST', '/ai/v1/chat/completions', 3_500),
    status: 200,
    bytesOutMedian: 2_600,
    latencyMsMedian: 1_900,
  },
  {
    ...write('POST', '/ai/v1/embeddings', 1_800),
    status: 200,
    bytesOutMedian: 6_100,
    latencyMsMedian: 160,
  },
  read('/ai/v1/models', 1_200, 15),
]

/** What a pipeline calls. */
export const pipelineRoutes: readonly Route[] = [
  read('/ci/v1/packages/{id}', 22_000, 70),
  write('POST', '/ci/v1/builds', 1_200),
  write('PUT', '/ci/v1/builds/{id}/status', 200),
  read('/ci/v1/cache/{id}', 48_000, 90),
]

/** What only administrators should reach, and what a thief tries first. */
export const adminRoutes: readonly Route[] = [
  admin('GET', '/admin/users', 9_000),
  admin('GET', '/admin/api-keys', 4_200),
  admin('GET', '/admin/export/customers', 240_000),
  admin('GET', '/admin/settings', 2_100),
  admin('POST', '/admin/api-keys', 600),
  admin('GET', '/admin/roles', 1_500),
  admin('GET', '/internal/debug/config', 3_000),
  admin('GET', '/admin/audit-log', 12_000),
  admin('PUT', '/admin/users/{id}/roles', 300),
  admin('GET', '/actuator/env', 5_000),
]
