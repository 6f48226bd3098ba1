import { type ScheduledTask, schedule, validate } from 'node-cron'
import { type Fault, OperatorError } from '../domain/operator-error.ts'
import type { After } from '../lib/after.ts'
import { within } from '../lib/within.ts'
import type { Health } from '../telemetry/health.ts'
import type { Logger } from '../telemetry/logger.ts'
import type { Job } from './job.ts'

export interface JobSchedule {
  /** Stops all schedules and waits for the runs that go on, at most so long. */
  close(deadlineMs: number): Promise<void>
}

/**
 * Runs each job on its schedule, never two runs of one job at a time. A run that fails is logged and
 * shown in the health until the next one succeeds; it stops no other job.
 *
 * @throws OperatorError naming every job whose schedule is no cron expression
 */
export function scheduleJobs(
  jobs: readonly Job[],
  deps: { readonly timezone: string; readonly log: Logger; readonly health: Health },
): JobSchedule {
  const scheduled = jobs.filter(job => job.schedule !== '')
  const faults = scheduled.filter(job => !validate(job.schedule)).map(invalidSchedule)
  if (faults.length > 0) throw new OperatorError(faults)

  const running = new Set<Promise<void>>()
  const tasks: ScheduledTask[] = scheduled.map(job =>
    schedule(
      job.schedule,
      async () => {
        const work = runJob(job, deps)
        running.add(work)
        await work
        running.delete(work)
      },
      { name: job.name, timezone: deps.timezone, noOverlap: true },
    ),
  )
  return {
    async close(deadlineMs) {
      await Promise.all(tasks.map(task => task.destroy()))
      // A run may wait for a store that is away, for as long as it is.
      await within(deadlineMs, after, Promise.all(running))
    },
  }
}

/** One run of a job; never rejects. */
export async function runJob(
  job: Job,
  deps: { readonly log: Logger; readonly health: Health },
): Promise<void> {
  try {
    await job.run()
    deps.health.set(`job ${job.name}`, true, 'last run succeeded')
  } catch (error) {
    deps.log.error({ job: job.name, err: error }, 'Job failed.')
    deps.health.set(`job ${job.name}`, false, 'last run failed: see the log')
  }
}

const after: After = (delayMs, run) => {
  const timer = setTimeout(run, delayMs)
  return () => clearTimeout(timer)
}

const invalidSchedule = ({ name, schedule: expression }: Job): Fault => ({
  path: `jobs.${name}`,
  problem: `"${expression}" is no cron expression`,
  remedy: 'Give five fields, for instance "*/5 * * * *", or leave it empty to switch the job off.',
})
