import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Action } from '../../src/domain/action.ts'
import type { Incident } from '../../src/domain/incident.ts'
import { eventually, startTestStore, type TestStore } from '../support/clickhouse.ts'
import { createLeakFinder, type Leak } from '../support/leak-finder.ts'
import { plantedRecords } from '../support/planted-records.ts'
import { type PlantedSecret, plantedSecrets, secretIssuers } from '../support/planted-secrets.ts'
import { removeFolders, type Server, startServer, stopPrograms } from '../support/program.ts'
import { startHttpReceiver, startMailReceiver } from '../support/receivers.ts'
import { kongLines, stolenKeyLog } from '../support/stolen-key-log.ts'

const WEBHOOK_SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`
const LINES_PER_REQUEST = 4_000
const policy = `
version: 1
rules:
  - name: stop-thieves
    match: { severityMin: high, riskMin: 70 }
    action: revoke
    revoker: webhook
    mode: auto
`

const nowMs = Date.now() - 60_000
const log = stolenKeyLog({ nowMs })
const planted = plantedSecrets(20_260_105, 6)
/** The raw keys of ordinary traffic are secrets as well. */
const ofTraffic: readonly PlantedSecret[] = log.tokens.map(value => ({
  issuer: 'traffic',
  value,
  publicLength: 'tw_live_'.length,
  isPlain: false,
}))
const secrets = [...planted, ...ofTraffic]
const find = createLeakFinder(secrets)
const records = plantedRecords(planted, { startMs: nowMs - 6 * 3_600_000 })

let store: TestStore
let server: Server
let alerts: Awaited<ReturnType<typeof startHttpReceiver>>
let revocations: Awaited<ReturnType<typeof startHttpReceiver>>
let mails: Awaited<ReturnType<typeof startMailReceiver>>
/** All that the program has answered, headers too. */
const replies: string[] = []

beforeAll(async () => {
  ;[store, alerts, revocations, mails] = await Promise.all([
    startTestStore({ database: 'tokenwatch_secrets_test' }),
    startHttpReceiver(),
    startHttpReceiver(),
    startMailReceiver(),
  ])
  server = await startServer({
    environment: {
      TOKENWATCH_LOG_LEVEL: 'trace',
      TOKENWATCH_API_REFUSED_KEYS_PER_MINUTE_MAX: '100000',
      CLICKHOUSE_URL: store.store.url,
      CLICKHOUSE_USER: 'admin',
      CLICKHOUSE_PASSWORD: store.store.embedded?.passwords.admin ?? '',
      CLICKHOUSE_DATABASE: store.settings.database,
      TOKENWATCH_JOBS_SNAPSHOT: '*/2 * * * * *',
      TOKENWATCH_JOBS_DIGEST: '*/3 * * * * *',
      TOKENWATCH_RESPOND_POLICY: policy,
      TOKENWATCH_RESPOND_DRY_RUN: 'false',
      TOKENWATCH_RESPOND_REVOKERS_WEBHOOK_URL: revocations.url,
      TOKENWATCH_RESPOND_REVOKERS_WEBHOOK_SECRETS: WEBHOOK_SECRET,
      TOKENWATCH_RESPOND_REVOKERS_WEBHOOK_ALLOW_PRIVATE_TARGETS: 'true',
      TOKENWATCH_ALERT_CHANNELS_WEBHOOK_URL: alerts.url,
      TOKENWATCH_ALERT_CHANNELS_WEBHOOK_SECRETS: WEBHOOK_SECRET,
      TOKENWATCH_ALERT_CHANNELS_WEBHOOK_ALLOW_PRIVATE_TARGETS: 'true',
      TOKENWATCH_ALERT_CHANNELS_EMAIL_SMTP_URL: mails.url,
      TOKENWATCH_ALERT_CHANNELS_EMAIL_FROM: 'tokenwatch@example.com',
      TOKENWATCH_ALERT_CHANNELS_EMAIL_TO: 'security@example.com',
    },
  })
})

afterAll(async () => {
  stopPrograms()
  await Promise.all([store.close(), alerts.close(), revocations.close(), mails.close()])
  removeFolders()
})

/** Remembers the answer, and hands out its status. */
async function keep(response: Promise<Response>): Promise<number> {
  const { status, headers, text } = await response.then(async answer => ({
    status: answer.status,
    headers: [...answer.headers],
    text: await answer.text(),
  }))
  replies.push(`${JSON.stringify(headers)}\n${text}`)
  return status
}

async function sendAll(lines: readonly string[]): Promise<void> {
  for (let at = 0; at < lines.length; at += LINES_PER_REQUEST) {
    const status = await keep(server.send(lines.slice(at, at + LINES_PER_REQUEST)))
    expect([200, 207]).toContain(status)
  }
}

/** The calls of the theft, with other secrets in what an incident shows of a call. */
const theftLines = kongLines(log.theft).map((line, at) => {
  const { value } = planted.filter(({ isPlain }) => !isPlain)[at % 300] ?? { value: '' }
  const record = JSON.parse(line)
  record.request.headers['user-agent'] = `intruder/9.9 (${value})`
  record.request.headers[`x-${at}`] = value
  record.request.uri = `/v1/${encodeURIComponent(value)}?key=${encodeURIComponent(value)}`
  return JSON.stringify(record)
})

const incidentOfVictim = async () => {
  const { incidents } = (await server.get('/v1/incidents?limit=1000')) as {
    readonly incidents: readonly Incident[]
  }
  return incidents.find(({ credentialId }) => credentialId === log.victim.credentialId)
}

const toldOf = (leaks: readonly Leak[]) =>
  leaks.map(({ issuer, secret, excerpt }) => ({ issuer, secret, excerpt }))

test('secrets of many issuers in records of every format, and an incident with all that follows', async () => {
  expect(planted.length).toBeGreaterThanOrEqual(300)
  expect(secretIssuers.length).toBeGreaterThanOrEqual(25)
  await sendAll(kongLines(log.past))
  await sendAll(records.map(({ line }) => line))
  await sendAll(theftLines)
  await eventually(async () => {
    const incident = await incidentOfVictim()
    if (incident === undefined) return false
    const { actions } = (await server.get(`/v1/incidents/${incident.id}`)) as {
      readonly actions: readonly Action[]
    }
    return actions.some(({ state }) => state === 'succeeded')
  })
  await eventually(() => alerts.received.length > 0 && revocations.received.length > 0)
  await eventually(() => mails.received.some(({ subject }) => /digest/i.test(subject ?? '')))
})

test('secrets in the requests themselves: keys, headers, addresses, queries', async () => {
  const admin = { authorization: `Bearer ${server.key}` }
  const json = { 'content-type': 'application/x-ndjson' }
  const line = JSON.stringify({ ts: nowMs, ip: '198.51.100.7', method: 'GET', path: '/v1' })
  const post = (path: string, headers: Record<string, string>, body = line) =>
    keep(fetch(`${server.url}${path}`, { method: 'POST', headers, body }))
  const get = (path: string) => keep(fetch(`${server.url}${path}`, { headers: admin }))
  for (const { value } of planted.filter((_, at) => at % 6 === 0)) {
    const inUrl = encodeURIComponent(value)
    const carried = { cookie: `session=${inUrl}`, referer: `https://x.example/?k=${inUrl}` }
    const statuses = await Promise.all([
      post('/v1/events', { ...json, authorization: `Bearer ${value}` }),
      post('/v1/events', { ...json, 'x-api-key': value }),
      post(`/v1/events?api_key=${inUrl}`, { ...admin, ...json, ...carried }),
      post('/v1/events', { ...admin, ...json, 'idempotency-key': value }),
      post('/v1/events', { ...admin, ...json, 'idempotency-key': `${value} ${value}` }),
      post('/v1/events', { ...admin, 'content-type': `text/${inUrl}` }),
      post('/v1/events', { ...admin, ...json, 'content-encoding': value }),
      get(`/v1/tokens/${inUrl}`),
      get(`/v1/incidents/${inUrl}`),
      get(`/v1/audit?subject=${inUrl}`),
      get(`/v1/findings?token=${inUrl}`),
      // What somebody pastes who looks for a key.
      get(`/v1/tokens?search=${inUrl}`),
      get(`/${inUrl}`),
    ])
    const refused = [400, 404, 414]
    const expected = [[401], [401], [200], [200, 400], [400], [415], [400]]
    expected.push(refused, refused, [200, 400], [200, 400], [200, 400], [404])
    for (const [at, status] of statuses.entries()) expect(expected[at], `${at}`).toContain(status)
  }
})

test('none is in any table or view of the store, nor in its own logs', async () => {
  const { admin, database } = store.store
  const texts = async (query: string, format: 'JSONEachRow') =>
    await (await admin.query({ query, format })).text()
  const tables = await texts(
    `SELECT name FROM system.tables WHERE database = '${database}' AND engine != 'MaterializedView'`,
    'JSONEachRow',
  )
  const names = tables
    .trim()
    .split('\n')
    .map(row => String(JSON.parse(row).name))
  expect(names.length).toBeGreaterThan(30)
  const filled = new Set<string>()
  for (const name of names) {
    const rows = await texts(
      `SELECT * FROM ${name} SETTINGS output_format_json_escape_forward_slashes = 0`,
      'JSONEachRow',
    )
    if (rows !== '') filled.add(name)
    expect(toldOf(find(rows)), name).toEqual([])
  }
  // A search of empty tables would prove nothing.
  for (const name of [
    'access_events',
    'token_route',
    'token_client',
    'token_baselines',
    'findings',
    'incident_events',
    'actions',
    'audit_log',
    'deliveries',
    'dead_letters',
    'ingest_requests',
  ]) {
    expect([...filled]).toContain(name)
  }
  await admin.command({ query: 'SYSTEM FLUSH LOGS' })
  const queries = await texts('SELECT * FROM system.query_log', 'JSONEachRow')
  expect(queries).toContain('access_events')
  expect(toldOf(find(queries))).toEqual([])
})

test('none is in what the program writes, answers or sends', () => {
  expect(toldOf(find(server.output()))).toEqual([])
  expect(toldOf(find(server.errors()))).toEqual([])
  expect(toldOf(find(replies.join('\n')))).toEqual([])
  expect(toldOf(find(JSON.stringify([alerts.received, revocations.received])))).toEqual([])
  expect(toldOf(find(JSON.stringify(mails.received)))).toEqual([])
})

test('none is in any answer of the API', async () => {
  const { paths } = (await server.get('/docs/json')) as {
    readonly paths: Readonly<Record<string, { readonly get?: unknown }>>
  }
  const victim = await incidentOfVictim()
  const addresses = Object.entries(paths).flatMap(([path, methods]) =>
    methods.get === undefined
      ? []
      : [path.replace('{id}', victim?.id ?? '').replace('{token}', victim?.token ?? '')],
  )
  expect(addresses.length).toBeGreaterThan(10)
  for (const address of [
    ...addresses,
    '/metrics',
    '/v1/dead-letters?limit=1000',
    '/v1/tokens?limit=1000',
    '/v1/findings?limit=1000',
  ]) {
    const response = await fetch(`${server.url}${address}`, {
      headers: { authorization: `Bearer ${server.key}` },
    })
    expect(response.status, address).toBe(200)
    expect(toldOf(find(await response.text())), address).toEqual([])
  }
})

test('none is in the files of the data folders', () => {
  // Parts of tables are compressed: the SELECTs have read them.
  const files = [server.dataDir, store.settings.dataDir].flatMap(folder =>
    readdirSync(folder, { recursive: true, withFileTypes: true }).flatMap(entry => {
      const path = join(entry.parentPath, entry.name)
      return entry.isFile() && !path.includes('/store/') ? [path] : []
    }),
  )
  expect(files.some(path => path.endsWith('clickhouse.log'))).toBe(true)
  for (const path of files) expect(toldOf(find(readFileSync(path, 'latin1'))), path).toEqual([])
})
