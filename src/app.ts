import type { ChildProcess } from 'node:child_process'
import { channelFaults } from './alert/channels/index.ts'
import { listen } from './api/listen.ts'
import { openApi, openProbes } from './app-api.ts'
import { openBase } from './app-base.ts'
import { isSoleUser, openMembers } from './app-members.ts'
import type { OnClose, Shared } from './app-parts.ts'
import { roleFaults } from './app-roles.ts'
import { openRelay } from './app-sources.ts'
import { openWork } from './app-work.ts'
import { type Fault, OperatorError } from './domain/operator-error.ts'
import { createNormalizer } from './normalize/normalizer.ts'
import { revokerFaults } from './respond/revokers/index.ts'
import type { Settings } from './settings.ts'
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
  /** Starts another process of this program as a member; without it there is one process. */
  readonly forkMember?: () => ChildProcess
  /** What happens in the demo, for the page; undefined outside of it. */
  readonly demoPhase?: () => string | undefined
}

/** Part of the time that a stop may take. */
const INGEST_STOP_MS = 2_000
/** What a member has besides draining: less than it may need, for a kill loses nothing. */
const MEMBER_STOP_MS = 2_500

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

/** Role `normalize`: no scorer, no response, and of the API only what watches the process. */
async function openNormalize(
  options: AppOptions,
  shared: Shared,
  onClose: OnClose,
): Promise<string> {
  const { settings } = shared
  const base = await openBase(shared, onClose)
  const relay = openRelay(base, createNormalizer({ ...base, settings: settings.normalize }))
  const members = openMembers(options, base)
  onClose(() => members.stop(membersStopMs(settings)))
  const api = await openProbes({ ...base, members, version: options.version })
  onClose(() => api.close())
  const url = await listen(api, settings.api)
  onClose(() => Promise.allSettled([members.stop(membersStopMs(settings)), relay.stop()]))
  await relay.start()
  return url
}

/** All there is in the first process of roles `all` and `score`; members do the work and have no API. */
async function open(options: AppOptions, shared: Shared, onClose: OnClose): Promise<string> {
  const { settings } = shared
  if (settings.role === 'normalize') return await openNormalize(options, shared, onClose)
  const base = await openBase(shared, onClose)
  const { response, wiring, start } = await openWork(
    base,
    { isSoleUser: isSoleUser(options, base) },
    onClose,
  )
  const members = openMembers(options, base)
  onClose(() => members.stop(membersStopMs(settings)))
  const api = await openApi({
    ...base,
    ...options,
    wiring,
    response,
    members,
    demoPhase: options.demoPhase ?? (() => undefined),
  })
  onClose(() => api.close())
  // Not ready before the way in is open: until then requests would be answered 503.
  shared.health.set('http ingest', false, 'opening')
  const url = await listen(api, settings.api)

  const stops = [() => members.stop(membersStopMs(settings))]
  onClose(() => Promise.allSettled(stops.map(stop => stop())))
  void wiring.http.start() // never rejects; requests are answered 503 until the stream is open
  stops.push(() => wiring.http.stop(INGEST_STOP_MS))
  stops.push(...(await start()))
  return url
}

const membersStopMs = ({ ingest }: Settings) => ingest.drainMs + MEMBER_STOP_MS

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
