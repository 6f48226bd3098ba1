import type { Archetype } from '../behavior.ts'
import { ciFleet } from './ci-fleet.ts'
import { cronJob } from './cron-job.ts'
import { llmClient } from './llm-client.ts'
import { mobileUser } from './mobile-user.ts'
import { nightOwl } from './night-owl.ts'
import { officeHuman } from './office-human.ts'
import { partner } from './partner.ts'
import { serverIntegration } from './server-integration.ts'

/** Every way in which the tokens of a world are used. A new one is one file and one line here. */
export const archetypes: readonly Archetype[] = [
  serverIntegration,
  officeHuman,
  mobileUser,
  cronJob,
  ciFleet,
  llmClient,
  partner,
  nightOwl,
]
