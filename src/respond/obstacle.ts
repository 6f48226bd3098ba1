import type { Incident } from '../domain/incident.ts'
import type { Revoker } from './revoker.ts'

/** What no override helps against: without these there is nothing to call, or nothing to judge. */
export function obstacleTo(
  revokers: readonly Revoker[],
  revoker: string,
  incident: Incident | undefined,
): string | undefined {
  if (!revokers.some(({ id }) => id === revoker)) return `the revoker ${revoker} is not configured`
  return incident === undefined ? 'its incident is no longer stored' : undefined
}
