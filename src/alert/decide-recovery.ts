import type { Delivery } from '../domain/action.ts'
import { type Severity, severities } from '../domain/finding.ts'
import type { Incident } from '../domain/incident.ts'
import { incidentEventId } from './decide-incident.ts'
import type { Job } from './delivery-lane.ts'

/**
 * What a stop or a crash left undone for one active incident, per channel: a delivery between two
 * attempts goes on with the next one; an incident of which there is no row was told to nobody.
 *
 * @param rows - deliveries of the incident, in any order
 * @param options.oldestMs - incidents opened before are not told anew
 */
export function unfinishedDeliveries(
  incident: Incident,
  rows: readonly Delivery[],
  options: {
    readonly channels: readonly string[]
    readonly oldestMs: number
    readonly severityMin: Severity
  },
): { readonly channel: string; readonly job: Job }[] {
  const isTold = severities.indexOf(incident.severity) >= severities.indexOf(options.severityMin)
  return options.channels.flatMap(channel => {
    const ofChannel = rows.filter(row => row.channel === channel)
    if (ofChannel.length === 0) {
      const isRecent = incident.openedMs >= options.oldestMs
      return isTold && isRecent ? [{ channel, job: jobOf(incident, 'opened', 1) }] : []
    }
    const last = lastAttempts(ofChannel).filter(({ outcome }) => outcome === 'retrying')
    return last.flatMap(row => {
      const version = row.incidentVersion
      // Notices of actions are not taken up: containment sees by itself whether a node still serves.
      if (!row.id.startsWith(`${incidentEventId({ id: incident.id, version })}:`)) return []
      const kind = version === 1 ? 'opened' : 'severity_raised'
      const job = jobOf({ ...incident, version }, kind, row.attempt + 1)
      return [{ channel, job }]
    })
  })
}

function lastAttempts(rows: readonly Delivery[]): Delivery[] {
  const last = new Map<string, Delivery>()
  for (const row of rows) {
    const notice = row.id.slice(0, row.id.indexOf(':'))
    const held = last.get(notice)
    if (held === undefined || row.attempt > held.attempt) last.set(notice, row)
  }
  return [...last.values()]
}

const jobOf = (incident: Incident, kind: 'opened' | 'severity_raised', attempt: number): Job => ({
  notice: { id: incidentEventId(incident), atMs: incident.updatedMs, kind, incident },
  attempt,
})
