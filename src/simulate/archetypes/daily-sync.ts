import { type Behavior, type BehaviorContext, chooseObjects } from '../behavior.ts'
import { serverAgents } from '../clients.ts'
import { dayMs, hourMs } from '../hour.ts'
import { sourceIn } from '../networks.ts'
import { createRandom } from '../random.ts'
import { businessRoutes } from '../routes.ts'

/** A bulk transfer once a day. */
export interface SyncJob {
  /** Time of the day in UTC, ms. */
  readonly startMs: number
  readonly durationMs: number
  readonly callsPerSecond: number
}

/**
 * A nightly synchronization with a schedule from outside: it starts within 20 s of the same time every
 * day and makes the same number of calls, give or take 10 %.
 */
export function createDailySync(job: SyncJob, context: BehaviorContext): Behavior {
  const { tenant, random } = context
  const source = sourceIn(tenant.cloud, random)
  const userAgent = random.pick(serverAgents)
  const jitterSeed = random.integer(2 ** 31)

  /** Calls of the run that belongs to a UTC day, whatever hours it touches. */
  const run = (day: number) => {
    const draws = createRandom(jitterSeed, day)
    const startMs = day * dayMs + job.startMs + (draws.next() - 0.5) * 40_000
    const count = Math.round(
      (job.callsPerSecond * job.durationMs * (0.9 + 0.2 * draws.next())) / 1000,
    )
    return Array.from({ length: count }, () => startMs + draws.next() * job.durationMs)
  }
  return {
    moments: hour => {
      const day = Math.floor(hour.startMs / dayMs)
      const isInHour = (tsMs: number) => tsMs >= hour.startMs && tsMs < hour.startMs + hourMs
      return [day - 1, day, day + 1]
        .filter(mayTouch(job, hour.startMs))
        .flatMap(run)
        .filter(isInHour)
    },
    caller: () => ({ source, userAgent }),
    routes: businessRoutes.slice(0, 3),
    objects: chooseObjects(random),
    failureShare: 0.002,
  }
}

const mayTouch = (job: SyncJob, hourStartMs: number) => (day: number) => {
  const startMs = day * dayMs + job.startMs
  return startMs - 60_000 < hourStartMs + hourMs && startMs + job.durationMs + 60_000 > hourStartMs
}
