import type { Digest } from './alert/channel.ts'
import type { Response } from './app-response.ts'
import type { Tables } from './app-tables.ts'
import { type Severity, severities } from './domain/finding.ts'
import type { Incident } from './domain/incident.ts'
import type { StreamPipeline } from './ingest/stream-pipeline.ts'
import type { Job } from './jobs/job.ts'
import type { Settings } from './settings.ts'
import type { Leases } from './store/leases.ts'
import { applyRetention } from './store/retention.ts'
import type { Store } from './store/store.ts'

interface JobDeps {
  readonly settings: Settings
  readonly store: Store
  readonly tables: Tables
  readonly pipeline: Pick<StreamPipeline, 'snapshot'>
  readonly response: Response
  readonly leases: Leases
  checkKey(): Promise<void>
  readonly clock: () => number
}

const DAY_MS = 86_400_000
const TOP_INCIDENTS_MAX = 20

/** A process that is silent for three times as long counts as dead: no setting. */
const TAKE_OVER_SCHEDULE = '*/10 * * * * *'

/**
 * A run for the whole group of processes: the first one that comes does it. As long as clocks may differ,
 * and less than the time between two runs.
 */
const ONCE_MS = 10 * 60_000

/** Keys in use are noted so often that one that is not seen for a day is not in use. */
const KEY_CHECK_SCHEDULE = '*/10 * * * *'

/** The table of recurring jobs. */
export function recurringJobs(deps: JobDeps): readonly Job[] {
  const { settings, store, tables, pipeline, response, leases, clock } = deps
  const once = async (name: string, work: () => Promise<unknown>) => {
    if (await leases.tryHold(`job ${name}`, ONCE_MS)) await work()
  }
  return [
    { name: 'snapshot', schedule: settings.jobs.snapshot, run: () => pipeline.snapshot() },
    {
      name: 'fullSnapshot',
      schedule: settings.jobs.fullSnapshot,
      run: async () => {
        await pipeline.snapshot({ all: true })
        await once('prune', () => tables.baselines.prune())
      },
    },
    {
      name: 'takeOver',
      schedule: leases.isAlone ? '' : TAKE_OVER_SCHEDULE,
      run: () => response.takeOver(),
    },
    { name: 'keyCheck', schedule: KEY_CHECK_SCHEDULE, run: () => deps.checkKey() },
    {
      name: 'retention',
      schedule: settings.jobs.retention,
      run: () =>
        once('retention', async () => {
          await applyRetention(store.admin, settings.store.retention)
          await tables.baselines.prune()
        }),
    },
    {
      name: 'digest',
      schedule: settings.jobs.digest,
      run: () =>
        once('digest', async () => {
          const day = new Date(clock() - DAY_MS).toISOString().slice(0, 10)
          const numbers = await tables.dayNumbers(day)
          response.dispatcher.sendDigest(digestOf(day, numbers, response.incidents.list()))
        }),
    },
  ]
}

function digestOf(
  day: string,
  numbers: Awaited<ReturnType<Tables['dayNumbers']>>,
  incidents: readonly Incident[],
): Digest {
  const startMs = Date.parse(`${day}T00:00:00Z`)
  const isOfDay = (ms: number) => ms >= startMs && ms < startMs + DAY_MS
  const opened = incidents.filter(({ openedMs }) => isOfDay(openedMs))
  const isClosed = ({ state }: Incident) => state === 'resolved' || state === 'false_positive'
  const closed = incidents.filter(incident => isClosed(incident) && isOfDay(incident.updatedMs))
  const isActive = ({ state }: Incident) => state === 'open' || state === 'acknowledged'
  const rank = ({ severity }: Incident) => severities.indexOf(severity)
  const bySeverity = Object.fromEntries(
    severities.map(name => [name, opened.filter(({ severity }) => severity === name).length]),
  ) as Record<Severity, number>
  return {
    day,
    tenant: undefined,
    ...numbers,
    openCount: incidents.filter(isActive).length,
    openedCount: opened.length,
    closedCount: closed.length,
    falsePositiveCount: closed.filter(({ state }) => state === 'false_positive').length,
    bySeverity,
    top: [...opened]
      .sort((one, other) => rank(other) - rank(one) || other.risk - one.risk)
      .slice(0, TOP_INCIDENTS_MAX),
  }
}
