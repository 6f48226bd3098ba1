import type { Base } from './app-base.ts'
import { recurringJobs } from './app-jobs.ts'
import { after, type OnClose } from './app-parts.ts'
import { openPipeline, type PipelineWiring } from './app-pipeline.ts'
import { watchQueues } from './app-queues.ts'
import { openResponse } from './app-response.ts'
import { isRelayed, readsGateways } from './app-roles.ts'
import { openKafka, openRelay } from './app-sources.ts'
import { scheduleJobs } from './jobs/schedule-jobs.ts'
import { within } from './lib/within.ts'
import { createLeases } from './store/leases.ts'

/** Parts of the time that a stop may take, `ingest.drainMs` apart; jobs and sources stop side by side. */
const STOP_MS = { jobs: 2_000, leave: 500 } as const

/** What every process that scores does, the first one and its members: pipeline, response, Kafka and jobs. */
export async function openWork(
  base: Base,
  { isSoleUser }: { readonly isSoleUser: boolean },
  onClose: OnClose,
) {
  const { settings, store, tables, registry } = base
  const leases = createLeases(store, { isSoleUser, random: Math.random })
  await leases.announce()
  onClose(() => within(STOP_MS.leave, after, leases.leave()))
  const response = openResponse({ ...base, tables, registry, leases })
  onClose(() => response.close())
  await response.recover()

  const wired = { ...base, response }
  const wiring = openPipeline(wired)
  onClose(() => wiring.pipeline.stop(settings.ingest.drainMs))
  watchQueues({ ...base, wiring, response })

  return {
    response,
    wiring,
    /** Reads from Kafka and runs the jobs; `stops` end it, all of them at once. */
    async start(): Promise<readonly (() => Promise<void>)[]> {
      const ways = kafkaWays(base, wiring)
      for (const way of ways) await way.start()
      const jobs = scheduleJobs(recurringJobs({ ...wired, ...wiring, leases }), {
        ...base,
        timezone: settings.jobs.timezone,
      })
      return [...ways.map(way => () => way.stop()), () => jobs.close(STOP_MS.jobs)]
    },
  }
}

/** How records come from Kafka in this process. */
function kafkaWays(parts: Parameters<typeof openKafka>[0], wiring: PipelineWiring) {
  const { settings } = parts
  if (settings.ingest.kafka.brokers.length === 0) return []
  const ways = [openKafka(parts, wiring.pipeline)]
  if (isRelayed(settings) && readsGateways(settings)) ways.push(openRelay(parts, wiring.normalizer))
  return ways
}
