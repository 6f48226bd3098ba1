import { channelFaults } from './alert/channels/index.ts'
import { listen } from './api/listen.ts'
import { openApi, openProbes } from './app-api.ts'
import { openDeadLetters } from './app-dead-letters.ts'
import { recurringJobs } from './app-jobs.ts'
import type { Shared } from './app-parts.ts'
import { openPipeline, type PipelineWiring } from './app-pipeline.ts'
import { watchQueues } from './app-queues.ts'
import { readRegistryFile } from './app-registry.ts'
import { openResponse } from './app-response.ts'
import { isRelayed, readsGateways, roleFaults } from './app-roles.ts'
import { openKafka, openRelay } from './app-sources.ts'
import { openTables } from './app-tables.ts'
import { fingerprintKey } from './config/fingerprint-key.ts'
import { type Fault, OperatorError } from './domain/operator-error.ts'
import { loadAddressDatabases } from './ingest/address-databases.ts'
import { scheduleJobs } from './jobs/schedule-jobs.ts'
import { createFingerprinter } from './normalize/fingerprint.ts'
import { createNormalizer } from './normalize/normalizer.ts'
import { createTokenRegistry } from './normalize/token-registry.ts'
import { revokerFaults } from './respond/revokers/index.ts'
import type { Settings } from './settings.ts'
import { createLeases } from './store/leases.ts'
import { openStore } from './store/store.ts'
import { storeSettings } from './store-settings.ts'
import { createHealth } from './telemetry/health.ts'
import type { Logger } from './telemetry/logger.ts'
import { createMetrics } from './telemetry/metrics.ts'

export interface App {
  /** Where the API and the page listen. */
  readonly url: string
  /** Drains and closes everything, in the reverse order of its opening; within ten seconds. */
  close(): Promise<void>
}

export interface AppOptions {
  readonly settings: Settings
  readonly version: string
  readonly log: Logger
  readonly clock: () => number
  /** Called with the admin key when one was made: it is shown now or never. */
  readonly showAdminKey: (key: string) => void
  /** What happens in the demo, for the page; undefined outside of it. */
  readonly demoPhase?: () => string | undefined
}

type OnClose = (step: () => Promise<unknown>) => void

/** Parts of the ten seconds that a stop may take; jobs and sources stop side by side. */
const STOP_MS = { jobs: 2_000, ingest: 2_000, pipeline: 2_000 } as const

/**
 * The whole program as a value: opens what it needs, wires the stages, listens.
 *
 * @throws OperatorError when it cannot run as it is set up
 */
export async function startApp(options: AppOptions): Promise<App> {
  const { settings, log, clock } = options
  requireSoundSettings(settings)
  const steps: (() => Promise<unknown>)[] = []
  const close = async () => {
    for (const step of steps.splice(0).reverse()) {
      await step().catch((error: unknown) => log.warn({ err: error }, 'A part did not close.'))
    }
  }
  const shared = { settings, metrics: createMetrics(), health: createHealth(clock), log, clock }
  try {
    const url = await open(options, shared, step => steps.push(step))
    log.info({ url }, 'tokenwatch is ready.')
    return { url, close }
  } catch (error) {
    await close()
    throw error
  }
}

/** What every role needs: the store, and all that normalizing takes. */
async function openBase(shared: Shared, onClose: OnClose) {
  const { settings, log } = shared
  const key = fingerprintKey({
    setting: settings.identity.fingerprintKey,
    dataDir: settings.dataDir,
  })
  const store = await openStore({ ...shared, settings: storeSettings(settings) })
  onClose(() => store.close())
  const tables = openTables(store)
  const registry = createTokenRegistry(await tables.tokens.all())
  const { registryFile } = settings.identity
  if (registryFile !== '')
    registry.put(readRegistryFile(registryFile, createFingerprinter(key).ofToken))

  const networks = await loadAddressDatabases({ log })
  const deadLetters = openDeadLetters({ ...shared, tables })
  onClose(() => deadLetters.close())
  return { ...shared, store, tables, registry, networks, deadLetters, fingerprintKey: key }
}

/** Role `normalize`: no scorer, no response, and of the API only what watches the process. */
async function openNormalize(
  options: AppOptions,
  shared: Shared,
  onClose: OnClose,
): Promise<string> {
  const { settings } = shared
  const base = await openBase(shared, onClose)
  const relay = openRelay(base, createNormalizer({ ...base, settings: settings.normalize }))
  const api = await openProbes({ ...base, version: options.version })
  onClose(() => api.close())
  const url = await listen(api, settings.api)
  onClose(() => relay.stop())
  await relay.start()
  return url
}

async function open(options: AppOptions, shared: Shared, onClose: OnClose): Promise<string> {
  const { settings } = shared
  if (settings.role === 'normalize') return await openNormalize(options, shared, onClose)
  const base = await openBase(shared, onClose)
  const { store, tables, registry } = base
  const leases = createLeases(store, {
    isSoleUser: store.embedded !== undefined,
    random: Math.random,
  })
  await leases.announce()
  onClose(() => leases.leave())
  const response = openResponse({ ...shared, tables, registry, leases })
  onClose(() => response.close())
  await response.recover()

  const wired = { ...base, response }
  const wiring = openPipeline(wired)
  onClose(() => wiring.pipeline.stop(STOP_MS.pipeline))
  watchQueues({ ...shared, wiring, response })
  const api = await openApi({
    ...shared,
    ...options,
    tables,
    wiring,
    response,
    demoPhase: options.demoPhase ?? (() => undefined),
  })
  onClose(() => api.close())
  // Not ready before the way in is open: until then requests would be answered 503.
  shared.health.set('http ingest', false, 'opening')
  const url = await listen(api, settings.api)

  const stops: (() => Promise<void>)[] = []
  onClose(() => Promise.allSettled(stops.map(stop => stop())))
  void wiring.http.start() // never rejects; requests are answered 503 until the stream is open
  stops.push(() => wiring.http.stop(STOP_MS.ingest))
  const ways = kafkaWays(wired, wiring)
  for (const way of ways) await way.start()
  stops.push(...ways.map(way => () => way.stop()))
  const jobs = scheduleJobs(recurringJobs({ ...wired, ...wiring, leases }), {
    ...shared,
    timezone: settings.jobs.timezone,
  })
  stops.push(() => jobs.close(STOP_MS.jobs))
  return url
}

/** How records come from Kafka in this process. */
function kafkaWays(parts: Parameters<typeof openKafka>[0], wiring: PipelineWiring) {
  const { settings } = parts
  if (settings.ingest.kafka.brokers.length === 0) return []
  const ways = [openKafka(parts, wiring.pipeline)]
  if (isRelayed(settings) && readsGateways(settings)) ways.push(openRelay(parts, wiring.normalizer))
  return ways
}

/** What the schema cannot tell: faults of the channels, revokers and sources, all at once. */
function requireSoundSettings(settings: Settings): void {
  const below = (path: string) => (fault: Fault) => ({ ...fault, path: `${path}.${fault.path}` })
  const faults: Fault[] = [
    ...channelFaults(settings.alert.channels).map(below('alert.channels')),
    ...revokerFaults(settings.respond.revokers).map(below('respond.revokers')),
    ...roleFaults(settings),
  ]
  if (faults.length > 0) throw new OperatorError(faults)
}
