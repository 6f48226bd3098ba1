import type { ChildProcess } from 'node:child_process'
import { availableParallelism } from 'node:os'
import type { Base } from './app-base.ts'
import { openBase } from './app-base.ts'
import type { OnClose } from './app-parts.ts'
import { reportOf } from './app-report.ts'
import { openRelay } from './app-sources.ts'
import { openWork } from './app-work.ts'
import type { Fingerprint } from './domain/access-event.ts'
import { createNormalizer } from './normalize/normalizer.ts'
import type { FirstProcess } from './processes/first-process.ts'
import { type Members, noMembers, startMembers } from './processes/members.ts'
import type { Question } from './processes/messages.ts'
import type { Settings } from './settings.ts'
import type { Store } from './store/store.ts'
import { createHealth } from './telemetry/health.ts'
import { createLogger } from './telemetry/logger.ts'
import { createMetrics } from './telemetry/metrics.ts'

/** Cores that one process and ClickHouse's work for it take: the first one 1, the second about 0.55. */
const CORES_PER_PROCESS = 1.55
const PROCESSES_MAX = 8
/** So long after draining a stop is given up, once the first process is gone; it kills its members sooner. */
const STOP_MS_MAX = 7_500

/** How many processes share the work here: as set, or as many as suit the cores; one where there is no Kafka to share. */
export function processCount(
  { processes, ingest }: Pick<Settings, 'processes' | 'ingest'>,
  cores = availableParallelism(),
): number {
  if (ingest.kafka.brokers.length === 0) return 1
  if (processes > 0) return processes
  return Math.min(PROCESSES_MAX, Math.max(1, Math.round(cores / CORES_PER_PROCESS)))
}

interface Forking {
  readonly forkMember?: (() => ChildProcess) | undefined
}

/** Nobody else uses the store: it is the first process's own, and there are no members. */
export const isSoleUser = (forking: Forking, base: Base) =>
  base.store.embedded !== undefined && memberCount(forking, base) === 0

const memberCount = ({ forkMember }: Forking, { settings }: Base) =>
  forkMember === undefined ? 0 : processCount(settings) - 1

/** The further processes of the first one; none where nobody says how to start them. */
export function openMembers(forking: Forking, base: Base): Members {
  const { forkMember } = forking
  if (forkMember === undefined) return noMembers
  return startMembers({
    ...base,
    count: memberCount(forking, base),
    fork: forkMember,
    settings: settingsOfMember(base.settings, base.store),
  })
}

/** The same settings, with the first process's own ClickHouse as the one to use. */
function settingsOfMember(settings: Settings, { url, embedded }: Store): Settings {
  if (embedded === undefined) return settings
  const login = { user: 'admin', password: embedded.passwords.admin }
  return { ...settings, store: { ...settings.store, url, ...login } }
}

/** A member's whole life: does the work that it is told until it is told to stop. */
export async function runMember(first: FirstProcess): Promise<void> {
  const settings = (await first.settings) as Settings
  const giveUpMs = settings.ingest.drainMs + STOP_MS_MAX
  void first.stop.then(() => setTimeout(() => process.exit(1), giveUpMs).unref())
  const clock = Date.now
  const log = createLogger({ level: settings.log.level })
  const health = createHealth(clock, first.tellHealth)
  const shared = { settings, metrics: createMetrics(), health, log, clock }
  const steps: (() => Promise<unknown>)[] = []
  try {
    first.serve(
      await openMember(await openBase(shared, step => steps.push(step)), step => steps.push(step)),
    )
    await first.stop
  } finally {
    for (const step of steps.reverse()) {
      await step().catch((error: unknown) => log.warn({ err: error }, 'A part did not close.'))
    }
  }
}

async function openMember(base: Base, onClose: OnClose): Promise<(question: Question) => unknown> {
  const { settings, metrics } = base
  if (settings.role === 'normalize') {
    const relay = openRelay(base, createNormalizer({ ...base, settings: settings.normalize }))
    onClose(() => relay.stop())
    await relay.start()
    return () => reportOf(metrics, undefined)
  }
  const { wiring, start } = await openWork(base, { isSoleUser: false }, onClose)
  const stops = await start()
  onClose(() => Promise.allSettled(stops.map(stop => stop())))
  return question =>
    question.about === 'report'
      ? reportOf(metrics, wiring)
      : wiring.baselines.baselineOf(question.token as Fingerprint)
}
