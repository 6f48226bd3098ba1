import { fileURLToPath } from 'node:url'
import { ensureAdminKey } from './api/admin-key.ts'
import { createKeyring } from './api/keyring.ts'
import { createApi, createProbes } from './api/server.ts'
import type { Shared } from './app-parts.ts'
import type { PipelineWiring } from './app-pipeline.ts'
import { baselineOfAny, reportOfAll } from './app-report.ts'
import type { Response } from './app-response.ts'
import { createStats } from './app-stats.ts'
import type { Tables } from './app-tables.ts'
import type { Members } from './processes/members.ts'

interface ApiParts extends Shared {
  readonly tables: Tables
  readonly wiring: PipelineWiring
  readonly response: Response
  readonly members: Members
  readonly version: string
  readonly showAdminKey: (key: string) => void
  readonly demoPhase: () => string | undefined
}

/** The API and the page, not listening yet; makes the admin key on first start. */
export async function openApi(parts: ApiParts) {
  const { settings, tables, wiring, response, members, metrics, clock } = parts
  const keyring = createKeyring({ ...settings.api, apiKeys: tables.apiKeys, clock })
  await keyring.load()
  await ensureAdminKey({ keyring, show: parts.showAdminKey })
  const report = () => reportOfAll(metrics, wiring, members)
  const stats = createStats({
    ...parts,
    report,
    openIncidents: response.openIncidentCount,
  })
  return await createApi({
    ...parts,
    ...tables,
    settings: settings.api,
    consoleFolder: fileURLToPath(new URL('../dist/console', import.meta.url)),
    keyring,
    ingest: wiring.http,
    tokens: tables.summaries,
    baselines: { baselineOf: token => baselineOfAny(token, wiring, members) },
    incidentCommands: response.incidents,
    actionCommands: response.responder,
    stats,
    metricsText: async () => await (await report()).registry.metrics(),
  })
}

/** Health and metrics alone; /metrics asks for the admin key that the other processes know. */
export async function openProbes(
  parts: Shared & {
    readonly tables: Pick<Tables, 'apiKeys'>
    readonly members: Members
    readonly version: string
  },
) {
  const { settings, tables, members, metrics, clock } = parts
  const keyring = createKeyring({ ...settings.api, apiKeys: tables.apiKeys, clock })
  await keyring.load()
  const report = () => reportOfAll(metrics, undefined, members)
  return await createProbes({
    ...parts,
    settings: settings.api,
    keyring,
    metricsText: async () => await (await report()).registry.metrics(),
  })
}
