import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Value } from 'typebox/value'
import { onTestFinished } from 'vitest'
import { type ApiKeyStore, createKeyring } from '../../src/api/keyring.ts'
import type { IncidentCommands } from '../../src/api/routes/incidents.ts'
import type { Stats, TokenSummary, TokenUsage } from '../../src/api/schemas.ts'
import { type ApiDeps, createApi } from '../../src/api/server.ts'
import { ApiSettings } from '../../src/api/settings.ts'
import type { AuditEntry } from '../../src/domain/action.ts'
import type { Incident, IncidentState } from '../../src/domain/incident.ts'
import { createHealth } from '../../src/telemetry/health.ts'
import { createLogger } from '../../src/telemetry/logger.ts'
import { createMetrics } from '../../src/telemetry/metrics.ts'
import {
  aContainment,
  aDeadLetter,
  aDelivery,
  aFinding,
  anAction,
  anAuditEntry,
  anIncident,
  monday,
  tokenOf,
} from './records.ts'

export const adminKey = 'admin-key-of-a-test-0123456789'
export const ingestKey = 'ingest-key-of-a-test-0123456789'
export const withAdminKey = { authorization: `Bearer ${adminKey}` }

type StoredKey = Awaited<ReturnType<ApiKeyStore['all']>>[number]

/** A store of keys that is an array. */
export function keyStore(): ApiKeyStore & { readonly rows: StoredKey[] } {
  const rows: StoredKey[] = []
  return {
    rows,
    put: key => Promise.resolve(void rows.push(key)),
    all: () => Promise.resolve(rows),
  }
}

export const aKeyring = (apiKeys: ApiKeyStore = keyStore()) =>
  createKeyring({ apiKeys, adminKey, ingestKeys: [`edge=${ingestKey}`], clock: () => monday })

export const aTokenSummary = (changes: Partial<TokenSummary> = {}): TokenSummary => ({
  entity: 'token',
  token: tokenOf(1),
  tokenHint: 'sk_live_…',
  credentialId: 'cred-1',
  tenant: 'acme',
  events: 12_345,
  refused: 12,
  firstTs: monday - 30 * 86_400_000,
  lastTs: monday,
  risk: 91,
  openIncidents: 1,
  ...changes,
})

export const aTokenUsage = (): TokenUsage => ({
  networks: [
    {
      prefix: '198.51.100.0/24',
      asn: 64_496,
      country: 'AT',
      networkType: 'hosting',
      events: 12_000,
      refused: 2,
      firstTs: monday - 30 * 86_400_000,
      lastTs: monday,
    },
  ],
  endpoints: [
    {
      method: 'GET',
      route: '/orders/{id}',
      events: 9_000,
      refused: 1,
      firstTs: monday - 30 * 86_400_000,
      lastTs: monday,
    },
  ],
  nodes: [
    {
      gateway: 'kong',
      node: 'kong-1',
      client: 'okhttp/4',
      events: 12_000,
      refused: 2,
      firstTs: monday - 30 * 86_400_000,
      lastTs: monday,
    },
  ],
  hourOfWeek: Array.from({ length: 168 }, (_, hour) => (hour % 24 > 7 && hour < 120 ? hour : 0)),
  daily: [{ dayMs: monday - 36_000_000, events: 400, refused: 1, bytesOut: 90_000 }],
})

export const someStats = (changes: Partial<Stats> = {}): Stats => ({
  version: '0.0.0',
  nowMs: monday,
  startedMs: monday - 60_000,
  eventsStored: 1_234_567,
  eventsPerSecond: 321.5,
  tokens: 42,
  openIncidents: 1,
  rejects: [{ reason: 'bad_time', count: 3 }],
  formats: [{ source: 'http.edge', format: 'kong', records: 1_234_570 }],
  streams: [{ source: 'http.edge', partition: 0, watermark: 1_234_566, bufferedEvents: 12 }],
  dependencies: [
    { name: 'clickhouse', isHealthy: true, detail: 'answers', sinceMs: monday - 60_000 },
  ],
  ...changes,
})

/** Incidents in an array, with the life cycle of the real ones as far as the API shows it. */
export function incidentBook(incidents: Incident[]) {
  const calls: { readonly id: string; readonly actor: string; readonly note: string }[] = []
  const moveTo =
    (state: IncidentState): IncidentCommands['resolve'] =>
    (id, actor, note) => {
      calls.push({ id, actor, note })
      const at = incidents.findIndex(incident => incident.id === id)
      const incident = incidents[at]
      if (incident === undefined) return Promise.resolve({ ok: false, reason: 'unknown_incident' })
      if (incident.state === state) {
        return Promise.resolve({ ok: false, reason: 'invalid_transition' })
      }
      const moved = { ...incident, state, actor, note, version: incident.version + 1 }
      incidents[at] = moved
      return Promise.resolve({ ok: true, value: moved })
    }
  return {
    calls,
    incidents: {
      current: ({ states }: { states?: readonly IncidentState[] | undefined }) =>
        Promise.resolve(incidents.filter(({ state }) => states?.includes(state) ?? true)),
      get: (id: string) => Promise.resolve(incidents.find(incident => incident.id === id)),
      history: (id: string) =>
        Promise.resolve(
          incidents
            .filter(incident => incident.id === id)
            .map(incident => ({ id: `${id}:1`, atMs: monday, kind: 'opened' as const, incident })),
        ),
    },
    incidentCommands: {
      acknowledge: moveTo('acknowledged'),
      resolve: moveTo('resolved'),
      markFalsePositive: moveTo('false_positive'),
    },
  }
}

/** Everything that the API asks for, as arrays; closed with the test. */
export function someDeps(changes: Partial<ApiDeps> = {}): ApiDeps {
  const audited: AuditEntry[] = [anAuditEntry()]
  const { incidents, incidentCommands } = incidentBook([anIncident()])
  return {
    settings: Value.Create(ApiSettings),
    version: '0.0.0',
    consoleFolder: mkdtempSync(join(tmpdir(), 'tokenwatch-console-')),
    log: createLogger({ level: 'silent' }),
    health: createHealth(() => monday),
    metricsText: () => createMetrics().registry.metrics(),
    clock: () => monday,
    keyring: aKeyring(),
    ingest: {
      accept: () =>
        Promise.resolve({ status: 200, body: { accepted: 1, rejected: 0, errors: [] } }),
    },
    incidents,
    incidentCommands,
    tokens: {
      list: () => Promise.resolve([aTokenSummary()]),
      get: token => Promise.resolve(token === tokenOf(1) ? aTokenSummary() : undefined),
      profile: () => Promise.resolve(aTokenUsage()),
    },
    baselines: { baselineOf: () => Promise.resolve(undefined) },
    actions: { current: () => Promise.resolve([anAction({ mode: 'dry-run', state: 'planned' })]) },
    actionCommands: {
      execute: (id, actor) =>
        Promise.resolve(
          id === 'action-1'
            ? { ok: true, value: anAction({ state: 'succeeded', actor, attempts: 1 }) }
            : { ok: false, reason: 'unknown_action' },
        ),
    },
    containment: { list: () => Promise.resolve([aContainment()]) },
    deliveries: { list: () => Promise.resolve([aDelivery()]) },
    audit: {
      list: () => Promise.resolve(audited),
      append: entries => Promise.resolve(void audited.push(...entries)),
    },
    deadLetters: {
      list: () => Promise.resolve([aDeadLetter()]),
      counts: () => Promise.resolve([{ reason: 'bad_time', count: 1, lastReceivedMs: monday }]),
    },
    findings: { list: () => Promise.resolve([aFinding()]) },
    stats: { current: () => Promise.resolve(someStats()) },
    trends: {
      traffic: () => Promise.resolve([{ hourMs: monday, events: 100, refused: 2, findings: 1 }]),
    },
    ...changes,
  }
}

/** An API over fakes, closed with the test. */
export async function anApi(changes: Partial<ApiDeps> = {}) {
  const api = await createApi(someDeps(changes))
  onTestFinished(() => api.close())
  return api
}
