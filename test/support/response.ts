import type { Action, AuditEntry, Containment, Delivery } from '../../src/domain/action.ts'
import type { Incident, IncidentEvent, IncidentState } from '../../src/domain/incident.ts'
import { createHealth } from '../../src/telemetry/health.ts'
import { createLogger } from '../../src/telemetry/logger.ts'
import { createMetrics } from '../../src/telemetry/metrics.ts'

/** Logger, metrics and health, and the lines that were logged. */
export function createTestTelemetry(clock: () => number = Date.now) {
  const lines: string[] = []
  const destination = { write: (line: string) => void lines.push(line) }
  return {
    lines,
    log: createLogger({ level: 'debug', destination }),
    metrics: createMetrics(),
    health: createHealth(clock),
  }
}

/** The response's tables in memory; like the real ones, a row that is appended again is one row. */
export function createMemoryTables() {
  const incidentEvents = new Map<string, IncidentEvent>()
  const audit = new Map<string, AuditEntry>()
  const deliveries = new Map<string, Delivery>()
  const actions = new Map<string, Action>()
  const containments = new Map<string, Containment>()
  const state = { failure: undefined as Error | undefined }
  const guarded = <Value>(work: () => Value): Promise<Value> =>
    state.failure === undefined ? Promise.resolve(work()) : Promise.reject(state.failure)
  const put = <Row>(rows: Map<string, Row>, keyOf: (row: Row) => string) => ({
    append: (added: readonly Row[]) =>
      guarded(() => {
        for (const row of added) rows.set(keyOf(row), row)
      }),
  })
  const newest = <Row extends { id: string; version: number }>(rows: Iterable<Row>): Row[] => {
    const byId = new Map<string, Row>()
    for (const row of rows) {
      if ((byId.get(row.id)?.version ?? 0) < row.version) byId.set(row.id, row)
    }
    return [...byId.values()].reverse()
  }
  const currentIncidents = () =>
    newest([...incidentEvents.values()].map(({ incident }) => incident))
  const currentActions = () => newest(actions.values())
  return {
    /** Thrown by every call while it is set. */
    state,
    rows: {
      incidentEvents: () => [...incidentEvents.values()],
      audit: () => [...audit.values()],
      deliveries: () => [...deliveries.values()],
      actions: () => [...actions.values()],
      containments: () => [...containments.values()],
    },
    incidents: {
      ...put(incidentEvents, ({ id }) => id),
      current: (query: {
        states?: readonly IncidentState[]
        changedSinceMs?: number
        limit: number
      }) =>
        guarded((): Incident[] =>
          currentIncidents()
            .filter(incident => query.states?.includes(incident.state) ?? true)
            .filter(({ updatedMs }) => updatedMs >= (query.changedSinceMs ?? 0))
            .slice(0, query.limit),
        ),
      ofTokens: (tokens: readonly string[], sinceTs: number) =>
        guarded(() =>
          currentIncidents().filter(
            ({ token, state, lastTs }) =>
              tokens.includes(token) &&
              (state === 'open' || state === 'acknowledged' || lastTs >= sinceTs),
          ),
        ),
      get: (id: string) => guarded(() => currentIncidents().find(incident => incident.id === id)),
    },
    audit: put(audit, ({ id }) => id),
    deliveries: {
      ...put(deliveries, ({ id }) => id),
      lastAttempts: (incidentIds: readonly string[]) =>
        guarded(() => {
          const last = new Map<string, Delivery>()
          for (const row of deliveries.values()) {
            if (!incidentIds.includes(row.incidentId)) continue
            const key = `${row.channel} ${row.id.split(':')[0]}`
            if ((last.get(key)?.attempt ?? -1) < row.attempt) last.set(key, row)
          }
          return [...last.values()]
        }),
    },
    actions: {
      ...put(actions, ({ id, version }) => `${id} ${version}`),
      current: ({ limit }: { limit: number }) => guarded(() => currentActions().slice(0, limit)),
      changed: (query: { sinceMs: number; incidentId?: string; id?: string; limit: number }) =>
        guarded(() =>
          currentActions()
            .filter(
              ({ id, incidentId, updatedMs }) =>
                updatedMs >= query.sinceMs || incidentId === query.incidentId || id === query.id,
            )
            .slice(0, query.limit),
        ),
      get: (id: string) => guarded(() => currentActions().find(action => action.id === id)),
    },
    containment: {
      put: (row: Containment) => guarded(() => void containments.set(row.actionId, row)),
      get: (id: string) => guarded(() => containments.get(id)),
      ofActions: (ids: readonly string[]) =>
        guarded(() => ids.flatMap(id => containments.get(id) ?? [])),
    },
  }
}
