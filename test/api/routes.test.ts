import { expect, test } from 'vitest'
import type { EventIngest } from '../../src/api/routes/events.ts'
import { PipelineError } from '../../src/domain/pipeline-error.ts'
import { createHealth } from '../../src/telemetry/health.ts'
import { createMetrics } from '../../src/telemetry/metrics.ts'
import { anApi, incidentBook, ingestKey, someDeps, withAdminKey } from '../support/api.ts'
import { anIncident, monday, tokenOf } from '../support/records.ts'

type Batch = Parameters<EventIngest['accept']>[0]
type IngestReply = Awaited<ReturnType<EventIngest['accept']>>

const planted = 'sk_live_planted4f9a'

function ingestThat(answer: IngestReply) {
  const batches: Batch[] = []
  const accept = (batch: Batch) => {
    batches.push(batch)
    return Promise.resolve(answer)
  }
  return { batches, ingest: { accept } }
}

const post = { method: 'POST', url: '/v1/events' } as const
const ndjson = { 'content-type': 'application/x-ndjson', authorization: `Bearer ${ingestKey}` }

test('a batch reaches ingest as it came, with key name, encoding and idempotency key', async () => {
  const all = { status: 200, body: { accepted: 2, rejected: 0, errors: [] } } as const
  const { batches, ingest } = ingestThat(all)
  const api = await anApi({ ingest })
  const payload = Buffer.from([0x1f, 0x8b, 0x00, 0xff])
  const headers = { ...ndjson, 'content-encoding': 'gzip', 'idempotency-key': 'batch-7' }
  const reply = await api.inject({ ...post, headers, payload })
  expect(reply.json()).toEqual(all.body)
  expect(batches).toEqual([
    {
      sourceName: 'edge',
      contentType: 'application/x-ndjson',
      contentEncoding: 'gzip',
      idempotencyKey: 'batch-7',
      body: payload,
    },
  ])
})

test('a JSON body is not parsed on the way, and an empty one is an empty batch', async () => {
  const { batches, ingest } = ingestThat({
    status: 400,
    body: { accepted: 0, rejected: 0, errors: [] },
  })
  const api = await anApi({ ingest })
  const headers = { ...ndjson, 'content-type': 'application/json' }
  await api.inject({ ...post, headers, payload: '[{"broken' })
  await api.inject({ ...post, headers, payload: '' })
  expect(batches.map(({ body }) => body.toString())).toEqual(['[{"broken', ''])
})

test('partial failure is 207 with the records at fault', async () => {
  const body = {
    accepted: 1,
    rejected: 1,
    errors: [{ index: 1, reason: 'bad_time', field: 'ts' }],
  }
  const api = await anApi(ingestThat({ status: 207, body }))
  const reply = await api.inject({ ...post, headers: ndjson, payload: '{}\n{}' })
  expect([reply.statusCode, reply.json()]).toEqual([207, body])
})

test.each([
  [400, 'invalid_batch'],
  [413, 'body_too_large'],
  [429, 'too_many_requests'],
  [503, 'not_stored'],
] as const)('a batch refused with %i has the one error shape', async (status, code) => {
  const body = { accepted: 0, rejected: 2, errors: [{ index: 0, reason: 'not_json' }] }
  const api = await anApi(ingestThat({ status, retryAfterSeconds: 7, body }))
  const reply = await api.inject({ ...post, headers: ndjson, payload: 'x' })
  expect(reply.statusCode).toBe(status)
  expect(reply.json()).toMatchObject({ error: { code }, ...body })
  expect(reply.headers['retry-after']).toBe('7')
})

test('what ingest names as the fault of the whole batch is the code of the error', async () => {
  const body = { accepted: 0, rejected: 0, errors: [], fault: 'overloaded' }
  const api = await anApi(ingestThat({ status: 503, body }))
  const reply = await api.inject({ ...post, headers: ndjson, payload: 'x' })
  expect([reply.json().error.code, Object.keys(reply.json())]).toEqual([
    'overloaded',
    ['error', 'accepted', 'rejected', 'errors'],
  ])
})

test('a fault of the request is told in its own words', async () => {
  const body = { accepted: 0, rejected: 0, errors: [], fault: 'idempotency_key_reused' }
  const api = await anApi(ingestThat({ status: 400, body }))
  const reply = await api.inject({ ...post, headers: ndjson, payload: 'x' })
  expect(reply.json().error.message).toContain('Another body')
})

test('a body above the limit is refused', async () => {
  const { settings } = someDeps()
  const { batches, ingest } = ingestThat({
    status: 200,
    body: { accepted: 0, rejected: 0, errors: [] },
  })
  const api = await anApi({ ingest, settings: { ...settings, bodyBytesMax: 1_024 } })
  const reply = await api.inject({ ...post, headers: ndjson, payload: 'x'.repeat(1_025) })
  expect([reply.statusCode, reply.json().error.code]).toEqual([413, 'body_too_large'])
  expect(batches).toEqual([])
})

test.each([
  ['query', { url: `/v1/incidents?limit=${planted}` }],
  ['unknown state', { url: `/v1/incidents?state=${planted}` }],
  ['path', { url: `/v1/tokens/${planted}` }],
  ['address that cannot be decoded', { url: `/v1/tokens/%E0%A4%A${planted}` }],
  [
    'note',
    { method: 'POST', url: '/v1/incidents/incident-1/resolve', payload: { note: [planted] } },
  ],
  [
    'body that is no JSON',
    {
      method: 'POST',
      url: '/v1/incidents/incident-1/resolve',
      payload: `{"${planted}`,
      headers: { 'content-type': 'application/json' },
    },
  ],
  [
    'content type',
    { ...post, payload: 'x', headers: { 'content-type': `application/${planted}` } },
  ],
  [
    'idempotency key',
    { ...post, payload: 'x', headers: { ...ndjson, 'idempotency-key': `${planted} é` } },
  ],
] as const)('an error never repeats the %s', async (_what, request) => {
  const api = await anApi()
  const headers = { ...withAdminKey, ...('headers' in request ? request.headers : {}) }
  const reply = await api.inject({ ...request, headers })
  expect(reply.statusCode).toBeGreaterThanOrEqual(400)
  expect(reply.statusCode).toBeLessThan(500)
  expect(Object.keys(reply.json().error)).toEqual(['code', 'message'])
  expect(reply.body).not.toContain(planted)
})

test.each([
  [new PipelineError('store_unavailable', planted), 503, 'store_unavailable'],
  [new PipelineError('store_refused', planted), 502, 'store_refused'],
  [new Error(planted), 500, 'internal_error'],
])('a failed dependency is told by its code alone: %s', async (error, status, code) => {
  const api = await anApi({ stats: { current: () => Promise.reject(error) } })
  const reply = await api.inject({ url: '/v1/stats', headers: withAdminKey })
  expect([reply.statusCode, reply.json().error.code]).toEqual([status, code])
  expect(reply.body).not.toContain(planted)
  expect(reply.headers['retry-after']).toBe(status === 503 ? '5' : undefined)
})

test('readiness names the dependency at fault, and nothing more', async () => {
  const health = createHealth(() => monday)
  health.set('clickhouse', true, 'answers')
  const api = await anApi({ health })
  expect((await api.inject('/readyz')).statusCode).toBe(200)
  health.set('kafka', false, `no broker at ${planted}`)
  const reply = await api.inject('/readyz')
  expect([reply.statusCode, reply.json()]).toEqual([
    503,
    {
      status: 'not_ready',
      dependencies: [
        { name: 'clickhouse', state: 'up' },
        { name: 'kafka', state: 'down' },
      ],
    },
  ])
})

test('readiness shows how far streams are that are being opened, until they are', async () => {
  const health = createHealth(() => monday)
  const api = await anApi({ health })
  health.progress('stream access/3', 'loading baselines, 40,000 tokens')
  const reply = await api.inject('/readyz')
  expect([reply.statusCode, reply.json().progress]).toEqual([
    200,
    [{ name: 'stream access/3', detail: 'loading baselines, 40,000 tokens' }],
  ])
  health.set('stream access/3', true, 'open')
  expect((await api.inject('/readyz')).json()).not.toHaveProperty('progress')
})

test('metrics are in the Prometheus format, and count the tokens of the moment', async () => {
  const metrics = createMetrics()
  const api = await anApi({ metricsText: () => metrics.registry.metrics() })
  metrics.state.tokens = () => 7
  metrics.queues.watch('tokens', { depth: () => 7, limit: () => 9 })
  const reply = await api.inject({ url: '/metrics', headers: withAdminKey })
  expect(reply.headers['content-type']).toContain('text/plain')
  expect(reply.body).toContain('# HELP tokenwatch_open_incidents')
  expect(reply.body).toContain('tokenwatch_tokens 7\n')
  expect(reply.body).toContain('tokenwatch_queue_depth{queue="tokens"} 7\n')
  expect(reply.body).toContain('tokenwatch_queue_limit{queue="tokens"} 9\n')
  expect(reply.body).toContain('tokenwatch_queue_full_total{queue="tokens"} 0\n')
  expect(reply.body).toContain('tokenwatch_process_cpu_seconds_total')
})

test('an incident comes with evidence, history, actions, containment and deliveries', async () => {
  const api = await anApi()
  const url = '/v1/incidents/incident-1'
  const { incident, ...files } = (await api.inject({ url, headers: withAdminKey })).json()
  expect(incident).toMatchObject(JSON.parse(JSON.stringify(anIncident())))
  expect(files).toMatchObject({
    history: [{ kind: 'opened', risk: 91.25 }],
    actions: [{ id: 'action-1', mode: 'dry-run', state: 'planned' }],
    containment: [{ nodes: [{ state: 'refused' }, { state: 'still_serving' }] }],
    deliveries: [{ channel: 'email', outcome: 'delivered' }],
  })
})

test('closing an incident carries the note and the name of the key', async () => {
  const { calls, ...book } = incidentBook([anIncident()])
  const api = await anApi(book)
  const close = () =>
    api.inject({
      method: 'POST',
      url: '/v1/incidents/incident-1/false-positive',
      headers: withAdminKey,
      payload: { note: 'A load test.' },
    })
  expect((await close()).json()).toMatchObject({ state: 'false_positive', actor: 'admin' })
  expect(calls).toEqual([{ id: 'incident-1', actor: 'admin', note: 'A load test.' }])
  const again = await close()
  expect([again.statusCode, again.json().error.code]).toEqual([409, 'invalid_transition'])
})

test('an incident is closed without a note by a request without a body', async () => {
  const { calls, ...book } = incidentBook([anIncident()])
  const api = await anApi(book)
  const url = '/v1/incidents/incident-1/resolve'
  const reply = await api.inject({ method: 'POST', url, headers: withAdminKey })
  expect(reply.statusCode).toBe(200)
  expect(calls).toEqual([{ id: 'incident-1', actor: 'admin', note: '' }])
})

test('incidents are filtered by state', async () => {
  const { incidents, incidentCommands } = incidentBook([
    anIncident(),
    anIncident({ id: 'incident-2', state: 'resolved' }),
  ])
  const api = await anApi({ incidents, incidentCommands })
  const idsOf = async (query: string) => {
    const reply = await api.inject({ url: `/v1/incidents${query}`, headers: withAdminKey })
    return reply.json().incidents.map(({ id }: { id: string }) => id)
  }
  expect(await idsOf('')).toEqual(['incident-1', 'incident-2'])
  expect(await idsOf('?state=active')).toEqual(['incident-1'])
  expect(await idsOf('?state=resolved')).toEqual(['incident-2'])
})

test('a token that was never seen is not found', async () => {
  const api = await anApi()
  for (const tail of ['', '/baseline']) {
    const url = `/v1/tokens/${tokenOf(2)}${tail}`
    expect((await api.inject({ url, headers: withAdminKey })).statusCode).toBe(404)
  }
})

test('a planned action is carried out in the name of the key, its safeguards heard', async () => {
  const orders: unknown[] = []
  const { actionCommands } = someDeps()
  const api = await anApi({
    actionCommands: {
      execute(...order) {
        orders.push(order)
        return actionCommands.execute(...order)
      },
    },
  })
  const execute = (path: string) =>
    api.inject({ method: 'POST', url: `/v1/actions/${path}`, headers: withAdminKey })
  const done = await execute('action-1/execute')
  expect(done.json()).toMatchObject({ state: 'succeeded', actor: 'admin' })
  await execute('action-1/execute?override=true')
  expect(orders).toEqual([
    ['action-1', 'admin', { override: false }],
    ['action-1', 'admin', { override: true }],
  ])
  const unknown = await execute('action-2/execute')
  expect([unknown.statusCode, unknown.json().error.code]).toEqual([404, 'unknown_action'])
})

test('a new ingest key works at once, is shown once, and leaves an audit row without it', async () => {
  const deps = someDeps()
  const api = await anApi(deps)
  const made = await api.inject({
    method: 'POST',
    url: '/v1/ingest-keys',
    headers: withAdminKey,
    payload: { name: 'kong-eu' },
  })
  expect(made.statusCode).toBe(201)
  const { key } = made.json()
  const headers = { ...ndjson, authorization: `Bearer ${key}` }
  expect((await api.inject({ ...post, headers, payload: '{}' })).statusCode).toBe(200)
  const audited = JSON.stringify(await deps.audit.list({ limit: 10 }))
  expect(audited).toContain('key.created')
  expect(audited).not.toContain(key)
})
