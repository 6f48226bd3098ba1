import { createFirstSeen } from './first-seen.ts'
import { createHourlyZScore } from './hourly-z-score.ts'
import { createIsolationForest } from './isolation-forest.ts'
import type { Rival } from './rival.ts'

export const createRivals = (): readonly Rival[] => [
  createFirstSeen(),
  createHourlyZScore(),
  createIsolationForest(),
]
