import { backfill } from './backfill.ts'
import { businessTrip } from './business-trip.ts'
import type { LookAlike } from './look-alike.ts'
import { officeMove } from './office-move.ts'
import { release } from './release.ts'
import { retryStorm } from './retry-storm.ts'

/** Every look-alike; a new one is one file and one line here. */
export const lookAlikes: readonly LookAlike[] = [
  release,
  officeMove,
  backfill,
  retryStorm,
  businessTrip,
]
