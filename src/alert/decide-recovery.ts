import type { Delivery } from '../domain/action.ts'
import { type Severity, severities } from '../domain/finding.ts'
import type { Incident } from '../domain/incident.ts'
import type { IncidentNotice } from './channel.ts'
import { incidentEventId } from './decide-incident.ts'
import type { Job } from './delivery-lane.ts'

/** A delivery that nobody sees to any more. */
export interface Unfinished {
  readonly channel: string
  readonly job: Job & { readonly notice: IncidentNotice }
}

/**
 * What a stop or a crash left undone for one active incident, per channel: a delivery between two
 * attempts goes on with the next one; an incident of which there is no row was told to nobody.
 *
 * @param rows - deliveries of the incident, in any order
 * @param options.oldestMs - incidents opened before are not told anew
 * @param options.youngestMs - incidents opened after are being told by the process that opened them
 * @param options.living - processes that live: they see to their deliveries themselves
 */
export function unfinishedDeliveries(
  incident: Incident,
  rows: readonly Delivery[],
  options: {
    readonly channels: readonly string[]
    readonly oldestMs: number
    readonly youngestMs: number
    readonly living: ReadonlySet<string>
    readonly severityMin: Severity
  },
): Unfinished[] {
  const isTold = severities.indexOf(incident.severity) >= severities.indexOf(options.severityMin)
  return options.channels.flatMap(channel => {
    const ofChannel = rows.filter(row => row.channel === channel)
    if (ofChannel.length === 0) {
      const { openedMs } = incident
      const isDue = openedMs >= options.oldestMs && openedMs <= options.youngestMs
      return isTold && isDue ? [{ channel, job: jobOf(incident, 'opened', 1) }] : []
    }
    const last = lastAttempts(ofChannel).filter(
      ({ outcome, owner }) => outcome === 'retrying' && !options.living.has(owner),
    )
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

const jobOf = (
  incident: Incident,
  kind: 'opened' | 'severity_raised',
  attempt: number,
): Unfinished['job'] => ({
  notice: { id: incidentEventId(incident), atMs: incident.updatedMs, kind, incident },
  attempt,
})
