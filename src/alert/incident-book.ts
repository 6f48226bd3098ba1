import { severities } from '../domain/finding.ts'
import type { Incident } from '../domain/incident.ts'
import { isActive } from './decide-incident.ts'

/**
 * The incidents in memory: all active ones, and the last closed ones, so that a repeated finding of
 * a closed incident opens no second one. Look-ups by id and by token are O(1).
 */
export function createIncidentBook(limits: { readonly closedRememberedMax: number }) {
  const byId = new Map<string, Incident>()
  const idsByToken = new Map<string, Set<string>>()
  // In the order in which they closed: the first is the first to be forgotten.
  const closed = new Set<string>()

  function forget(id: string) {
    const incident = byId.get(id)
    byId.delete(id)
    closed.delete(id)
    if (incident === undefined) return
    const ids = idsByToken.get(incident.token)
    ids?.delete(id)
    if (ids?.size === 0) idsByToken.delete(incident.token)
  }

  return {
    get: (id: string) => byId.get(id),

    ofToken(token: string): Incident[] {
      const ids = idsByToken.get(token) ?? []
      return [...ids].flatMap(id => byId.get(id) ?? [])
    },

    /** Adds an incident or replaces an older version of it; false when this version is known. */
    put(incident: Incident): boolean {
      const held = byId.get(incident.id)
      if (held !== undefined && held.version >= incident.version) return false
      byId.set(incident.id, incident)
      const ids = idsByToken.get(incident.token)
      if (ids === undefined) idsByToken.set(incident.token, new Set([incident.id]))
      else ids.add(incident.id)
      if (isActive(incident)) return true
      closed.add(incident.id)
      for (const id of closed) {
        if (closed.size <= limits.closedRememberedMax) break
        forget(id)
      }
      return true
    },

    /** The least of the active incidents: lowest severity first, then the longest without a finding. */
    leastActive(): Incident | undefined {
      let least: Incident | undefined
      for (const incident of byId.values()) {
        if (isActive(incident) && (least === undefined || isLess(incident, least))) least = incident
      }
      return least
    },

    /** Newest finding first. */
    list: (): Incident[] => [...byId.values()].sort((one, other) => other.lastTs - one.lastTs),

    get activeCount() {
      return byId.size - closed.size
    },
  }
}

export type IncidentBook = ReturnType<typeof createIncidentBook>

function isLess(one: Incident, other: Incident): boolean {
  const difference = severities.indexOf(one.severity) - severities.indexOf(other.severity)
  return difference === 0 ? one.lastTs < other.lastTs : difference < 0
}
