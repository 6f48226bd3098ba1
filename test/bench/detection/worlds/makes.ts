import type { WorldMake } from './bench-world.ts'
import { fleet } from './fleet/fleet.ts'
import { gateway } from './gateway.ts'
import { models } from './models/models.ts'

/** Every make of worlds. A new one is one line here. */
export const makes: readonly WorldMake[] = [gateway, fleet, models]
