import { createActionsTable } from './store/actions.ts'
import { createApiKeysTable } from './store/api-keys.ts'
import { createAuditLogTable } from './store/audit-log.ts'
import { createContainmentTable } from './store/containment.ts'
import { createDayNumbers } from './store/day-numbers.ts'
import { createDeadLettersTable } from './store/dead-letters.ts'
import { createDeliveriesTable } from './store/deliveries.ts'
import { createFindingsTable } from './store/findings.ts'
import { createFingerprintKeysTable } from './store/fingerprint-keys.ts'
import { createIncidentEventsTable } from './store/incident-events.ts'
import { createIngestRequestsTable } from './store/ingest-requests.ts'
import type { Store } from './store/store.ts'
import { createTokenBaselinesTable } from './store/token-baselines.ts'
import { createTokenSummaries } from './store/token-summaries.ts'
import { createTokensTable } from './store/tokens.ts'
import { createTrafficTrends } from './store/traffic-trends.ts'

/** Every table and view of the store, by the name that its users give it. */
export function openTables(store: Store) {
  return {
    findings: createFindingsTable(store),
    incidents: createIncidentEventsTable(store),
    actions: createActionsTable(store),
    containment: createContainmentTable(store),
    audit: createAuditLogTable(store),
    deliveries: createDeliveriesTable(store),
    deadLetters: createDeadLettersTable(store),
    tokens: createTokensTable(store),
    apiKeys: createApiKeysTable(store),
    requests: createIngestRequestsTable(store),
    fingerprintKeys: createFingerprintKeysTable(store),
    baselines: createTokenBaselinesTable(store),
    summaries: createTokenSummaries(store),
    trends: createTrafficTrends(store),
    dayNumbers: createDayNumbers(store),
  }
}

export type Tables = ReturnType<typeof openTables>
