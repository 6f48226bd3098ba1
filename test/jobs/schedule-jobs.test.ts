import { expect, test, vi } from 'vitest'
import { OperatorError } from '../../src/domain/operator-error.ts'
import type { Job } from '../../src/jobs/job.ts'
import { runJob, scheduleJobs } from '../../src/jobs/schedule-jobs.ts'
import { createHealth } from '../../src/telemetry/health.ts'
import { createLogger } from '../../src/telemetry/logger.ts'

const aJob = (over: Partial<Job>): Job => ({
  name: 'digest',
  schedule: '* * * * * *',
  run: () => Promise.resolve(),
  ...over,
})
const deps = () => ({
  log: createLogger({ level: 'silent' }),
  health: createHealth(() => 0),
  timezone: 'UTC',
})

test('a schedule that is no cron expression is refused with the name of the job', () => {
  expect(() => scheduleJobs([aJob({ schedule: 'every day' })], deps())).toThrow(OperatorError)
  expect(() => scheduleJobs([aJob({ schedule: 'every day' })], deps())).toThrow(/jobs\.digest/)
})

test('a run that fails is shown as unhealthy until one succeeds', async () => {
  const shared = deps()
  await runJob(aJob({ run: () => Promise.reject(new Error('no disk')) }), shared)
  expect(shared.health.list()).toMatchObject([{ name: 'job digest', isHealthy: false }])
  await runJob(aJob({}), shared)
  expect(shared.health.isReady).toBe(true)
})

test('close waits for the run that goes on and starts no other', async () => {
  let release = () => {}
  let runs = 0
  const work = new Promise<void>(resolve => {
    release = resolve
  })
  const job = aJob({
    run: () => {
      runs += 1
      return work
    },
  })
  const schedule = scheduleJobs([job], deps())
  await vi.waitFor(() => expect(runs).toBe(1), { timeout: 5_000 })
  const closed = schedule.close(60_000)
  release()
  await closed
  expect(runs).toBe(1)
})

test('close gives up a run that waits for something that does not come', async () => {
  let runs = 0
  const job = aJob({
    run: () => {
      runs += 1
      return new Promise(() => undefined)
    },
  })
  const schedule = scheduleJobs([job], deps())
  await vi.waitFor(() => expect(runs).toBe(1), { timeout: 5_000 })
  await schedule.close(20)
})
