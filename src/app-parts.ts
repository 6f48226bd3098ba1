import type { After } from './lib/after.ts'
import type { Settings } from './settings.ts'
import type { Health } from './telemetry/health.ts'
import type { Logger } from './telemetry/logger.ts'
import type { Metrics } from './telemetry/metrics.ts'

/** What every part of the program is handed. */
export interface Shared {
  readonly settings: Settings
  readonly metrics: Metrics
  readonly health: Health
  readonly log: Logger
  readonly clock: () => number
}

/** Steps of closing, done in the reverse order of their opening. */
export type OnClose = (step: () => Promise<unknown>) => void

/** Timers of the process, where the stages ask for some. */
export const after: After = (delayMs, run) => {
  const timer = setTimeout(run, delayMs)
  return () => clearTimeout(timer)
}
