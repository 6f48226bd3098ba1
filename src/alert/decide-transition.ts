import type { Incident, IncidentEvent, IncidentState } from '../domain/incident.ts'
import type { Result } from '../lib/result.ts'
import { incidentEventId } from './decide-incident.ts'

/** What a person can do to an incident. */
export type Transition = 'acknowledged' | 'resolved' | 'false_positive'

const NOTE_LENGTH_MAX = 2_000

const allowed: Readonly<Record<IncidentState, readonly Transition[]>> = {
  open: ['acknowledged', 'resolved', 'false_positive'],
  acknowledged: ['resolved', 'false_positive'],
  resolved: [],
  false_positive: [],
}

/** The next step of an incident's life; a closed incident has none. */
export function decideTransition(
  incident: Incident,
  transition: Transition,
  by: { readonly actor: string; readonly note: string; readonly atMs: number },
): Result<IncidentEvent, 'invalid_transition'> {
  if (!allowed[incident.state].includes(transition)) {
    return { ok: false, reason: 'invalid_transition' }
  }
  const next: Incident = {
    ...incident,
    state: transition,
    actor: by.actor,
    note: by.note.slice(0, NOTE_LENGTH_MAX),
    updatedMs: by.atMs,
    version: incident.version + 1,
  }
  return {
    ok: true,
    value: { id: incidentEventId(next), atMs: by.atMs, kind: transition, incident: next },
  }
}
