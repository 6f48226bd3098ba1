import { fileURLToPath } from 'node:url'
import { ensureAdminKey } from './api/admin-key.ts'
import { createKeyring } from './api/keyring.ts'
import { createApi, createProbes } from './api/server.ts'
import type { Shared } from './app-parts.ts'
import type { PipelineWiring } from './app-pipeline.ts'
import type { Response } from './app-response.ts'
import { createStats } from './app-stats.ts'
import type { Tables } from './app-tables.ts'

interface ApiParts extends Shared {
  readonly tables: Tables
  readonly wiring: PipelineWiring
  readonly response: Response
  readonly version: string
  readonly showAdminKey: (key: string) => void
  readonly demoPhase: () => string | undefined
}

/** The API and the page, not listening yet; makes the admin key on first start. */
export async function openApi(parts: ApiParts) {
  const { settings, tables, wiring, response, clock } = parts
  const { pipeline, normalizer, baselines, http } = wiring
  const keyring = createKeyring({ ...settings.api, apiKeys: tables.apiKeys, clock })
  await keyring.load()
  await ensureAdminKey({ keyring, show: parts.showAdminKey })
  const stats = createStats({
    ...parts,
    streams: () => pipeline.streams(),
    formats: () => normalizer.formats(),
    tokens: baselines.tokens,
    openIncidents: response.openIncidentCount,
  })
  return await createApi({
    ...parts,
    ...tables,
    settings: settings.api,
    consoleFolder: fileURLToPath(new URL('../dist/console', import.meta.url)),
    keyring,
    ingest: http,
    tokens: tables.summaries,
    baselines,
    incidentCommands: response.incidents,
    actionCommands: response.responder,
    stats,
  })
}

/** Health and metrics alone; /metrics asks for the admin key that the other processes know. */
export async function openProbes(
  parts: Shared & { readonly tables: Pick<Tables, 'apiKeys'>; readonly version: string },
) {
  const { settings, tables, clock } = parts
  const keyring = createKeyring({ ...settings.api, apiKeys: tables.apiKeys, clock })
  await keyring.load()
  return await createProbes({ ...parts, settings: settings.api, keyring })
}
