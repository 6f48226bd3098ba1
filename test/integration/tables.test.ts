import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { RegisteredToken } from '../../src/domain/registered-token.ts'
import { createActionsTable } from '../../src/store/actions.ts'
import { createApiKeysTable } from '../../src/store/api-keys.ts'
import { createAuditLogTable } from '../../src/store/audit-log.ts'
import { createContainmentTable } from '../../src/store/containment.ts'
import { createDeadLettersTable } from '../../src/store/dead-letters.ts'
import { createDeliveriesTable } from '../../src/store/deliveries.ts'
import { createFindingsTable } from '../../src/store/findings.ts'
import { createIncidentEventsTable } from '../../src/store/incident-events.ts'
import { createIngestRequestsTable } from '../../src/store/ingest-requests.ts'
import type { Store } from '../../src/store/store.ts'
import { createTokensTable } from '../../src/store/tokens.ts'
import { startTestStore, type TestStore } from '../support/clickhouse.ts'
import {
  aContainment,
  aDeadLetter,
  aDelivery,
  aFinding,
  anAction,
  anAuditEntry,
  anEvidence,
  anIncidentEvent,
  anonymous,
  aTrigger,
  monday,
  tokenOf,
} from '../support/records.ts'

const tables = [
  'findings',
  'incident_events',
  'actions',
  'containment',
  'audit_log',
  'deliveries',
  'dead_letters',
  'tokens',
  'api_keys',
  'ingest_requests',
]

let testStore: TestStore
let store: Store
beforeAll(async () => {
  testStore = await startTestStore()
  store = testStore.store
})
afterAll(async () => {
  await testStore?.close()
})
beforeEach(async () => {
  await testStore.truncate(...tables)
})

/** Quotes, escapes, NUL, line separators, an emoji, a tab, SQL. */
const hostile = `'"\\\0\u2028\n\t\r\v😀{id:String}'); DROP TABLE findings; --\\N\\'`

describe('findings', () => {
  test('come back as they were, whatever is in them', async () => {
    const findings = createFindingsTable(store)
    const plain = aFinding()
    const odd = aFinding({
      id: hostile,
      ts: monday + 1,
      entity: 'address',
      ...anonymous,
      offset: 2 ** 53 - 1,
      index: 65_535,
      tokenHint: hostile,
      tenant: hostile,
      detectors: [],
      evidence: [],
      isAlert: false,
      surprise: 5e-324,
      trigger: aTrigger({ ip: '2001:db8::1', asn: 4_294_967_295, status: 0, node: hostile }),
    })
    const manyReasons = aFinding({
      id: 'c',
      ts: monday + 2,
      detectors: ['new-network', 'volume'],
      evidence: [
        anEvidence({ values: [hostile, ''], text: hostile, observed: -1.5e300 }),
        anEvidence({ detector: 'volume', values: [], observed: Number.POSITIVE_INFINITY }),
      ],
    })

    await findings.append([plain, odd, manyReasons])

    expect(await findings.list({ limit: 10 })).toEqual([manyReasons, odd, plain])
    expect(await findings.list({ limit: 10, tenant: hostile })).toEqual([odd])
  })

  test('half a character is replaced, not refused', async () => {
    const findings = createFindingsTable(store)
    await findings.append([aFinding({ tokenHint: 'a\uD800b' })])
    expect(await findings.list({ limit: 1 })).toMatchObject([{ tokenHint: 'a\uFFFDb' }])
  })

  test('appended again they are one', async () => {
    const findings = createFindingsTable(store)
    await findings.append([aFinding()])
    await findings.append([aFinding(), aFinding({ id: 'finding-2' })])
    expect((await findings.list({ limit: 10 })).map(({ id }) => id)).toEqual([
      'finding-1',
      'finding-2',
    ])
    expect(await findings.existing(['finding-2', 'finding-3', hostile])).toEqual(
      new Set(['finding-2']),
    )
  })

  test('many ids are looked up at once', async () => {
    const findings = createFindingsTable(store)
    const ids = Array.from({ length: 5_000 }, (_, n) => `finding-${n}-${'x'.repeat(24)}`)
    await findings.append(ids.filter((_, n) => n % 2 === 0).map(id => aFinding({ id })))
    expect((await findings.existing(ids)).size).toBe(2_500)
  })

  test('are found by token, time and alert', async () => {
    const findings = createFindingsTable(store)
    await findings.append([
      aFinding({ id: 'a' }),
      aFinding({ id: 'b', ts: monday + 60_000, isAlert: false }),
      aFinding({ id: 'c', ts: monday + 60_000, token: tokenOf(2) }),
    ])
    const ids = async (filter: Omit<Parameters<typeof findings.list>[0], 'limit'>) =>
      (await findings.list({ ...filter, limit: 10 })).map(({ id }) => id)
    expect(await ids({ token: tokenOf(1) })).toEqual(['b', 'a'])
    expect(await ids({ sinceMs: monday + 1, isAlert: true })).toEqual(['c'])
    expect(await ids({ tenant: 'other' })).toEqual([])
    expect(await findings.list({ limit: 1 })).toHaveLength(1)
  })

  test('nothing to append is no statement', async () => {
    await createFindingsTable({
      client: undefined as unknown as Store['client'],
    }).append([])
  })
})

describe('incident events', () => {
  test('the current incident is the one after the last step, however the steps came in', async () => {
    const incidents = createIncidentEventsTable(store)
    const opened = anIncidentEvent()
    const added = anIncidentEvent(
      { version: 2, findingCount: 2, findingIds: ['finding-1', 'f-2'], updatedMs: monday + 9_000 },
      'finding_added',
    )
    const closed = anIncidentEvent(
      { version: 3, state: 'resolved', actor: hostile, note: hostile, updatedMs: monday + 8_000 },
      'resolved',
    )
    await incidents.append([closed])
    await incidents.append([opened, added])
    await incidents.append([added])

    expect(await incidents.get('incident-1')).toEqual(closed.incident)
    expect(await incidents.current({ limit: 10 })).toEqual([closed.incident])
    expect(await incidents.history('incident-1')).toEqual([opened, added, closed])
  })

  test('filters look at the current state, not at earlier ones', async () => {
    const incidents = createIncidentEventsTable(store)
    const reopened = anIncidentEvent(
      { id: 'b', version: 2, updatedMs: monday + 5_000, token: tokenOf(2), tenant: 'other' },
      'reopened',
    )
    await incidents.append([
      anIncidentEvent(),
      anIncidentEvent({ version: 2, state: 'acknowledged' }, 'acknowledged'),
      anIncidentEvent({ id: 'b', state: 'resolved', token: tokenOf(2) }, 'resolved'),
      reopened,
      anIncidentEvent({ id: 'c', ...anonymous, updatedMs: monday + 4_000 }),
    ])
    const ids = async (filter: Omit<Parameters<typeof incidents.current>[0], 'limit'>) =>
      (await incidents.current({ ...filter, limit: 10 })).map(({ id }) => id)
    expect(await ids({ states: ['open'] })).toEqual(['b', 'c'])
    expect(await ids({ states: ['open', 'acknowledged'] })).toEqual(['b', 'c', 'incident-1'])
    expect(await ids({ states: ['resolved', 'false_positive'] })).toEqual([])
    expect(await ids({ tenant: 'other' })).toEqual(['b'])
    expect(await ids({ token: tokenOf(1) })).toEqual(['c', 'incident-1'])
    expect(await incidents.current({ limit: 1 })).toEqual([reopened.incident])
    const { updatedMs } = reopened.incident
    expect(await ids({ changedSinceMs: updatedMs })).toContain(reopened.incident.id)
    expect(await ids({ changedSinceMs: updatedMs + 1_000_000 })).toEqual([])
    expect(await incidents.get('no such')).toBeUndefined()
  })
})

describe('actions', () => {
  test('the newest version is the current one, all versions are kept', async () => {
    const actions = createActionsTable(store)
    const awaiting = anAction()
    const succeeded = anAction({
      version: 3,
      state: 'succeeded',
      attempts: 2,
      lastOutcome: hostile,
      updatedMs: monday + 7_000,
      effectiveMs: monday + 6_123,
    })
    const executing = anAction({ version: 2, state: 'executing' })
    const later = anAction({
      id: 'b',
      incidentId: 'other',
      requestedMs: monday + 3_000,
      ...anonymous,
    })
    await actions.append([awaiting, succeeded])
    await actions.append([executing, later])
    await actions.append([awaiting])

    expect(await actions.current({ limit: 10 })).toEqual([later, succeeded])
    expect(await actions.current({ incidentId: 'incident-1', limit: 10 })).toEqual([succeeded])
    expect(await actions.current({ limit: 1 })).toEqual([later])
    expect(await actions.get('action-1')).toEqual(succeeded)
    expect(await actions.get('none')).toBeUndefined()
    expect(await actions.history('action-1')).toEqual([awaiting, executing, succeeded])

    const changed = (filter: { sinceMs: number; incidentId?: string; id?: string }) =>
      actions.changed({ ...filter, limit: 10 })
    const sinceMs = monday + 7_000
    expect(await changed({ sinceMs })).toEqual([succeeded])
    expect(await changed({ sinceMs, incidentId: 'other' })).toEqual([later, succeeded])
    expect(await changed({ sinceMs: sinceMs + 1, id: 'b' })).toEqual([later])
  })
})

describe('containment', () => {
  test('the newest state of an action replaces the one before', async () => {
    const containment = createContainmentTable(store)
    const first = aContainment({ nodes: [], state: 'silent', updatedMs: monday })
    const last = aContainment()
    const other = aContainment({ actionId: 'b', updatedMs: monday + 1 })
    await containment.put(last)
    await containment.put(first)
    await containment.put(other)
    expect(await containment.get('action-1')).toEqual(last)
    expect(await containment.get('none')).toBeUndefined()
    expect(await containment.list('incident-1')).toEqual([last, other])
    expect(await containment.list('none')).toEqual([])
    expect(await containment.ofActions(['b', 'none'])).toEqual([other])
  })
})

describe('audit log and deliveries', () => {
  test('entries come back newest first, by subject, and once', async () => {
    const audit = createAuditLogTable(store)
    const first = anAuditEntry({ detail: hostile })
    const second = anAuditEntry({ id: 'b', atMs: monday + 1, subject: hostile })
    await audit.append([first, second])
    await audit.append([first])
    expect(await audit.list({ limit: 10 })).toEqual([second, first])
    expect(await audit.list({ subject: hostile, limit: 10 })).toEqual([second])
  })

  test('attempts to deliver come back newest first, and once', async () => {
    const deliveries = createDeliveriesTable(store)
    const first = aDelivery({ outcome: 'retrying', detail: hostile })
    const second = aDelivery({ id: 'b', attempt: 2, atMs: first.atMs + 1 })
    const other = aDelivery({ id: 'c', incidentId: 'other', atMs: first.atMs - 1 })
    await deliveries.append([first, second, other])
    await deliveries.append([first])
    expect(await deliveries.list({ limit: 10 })).toEqual([second, first, other])
    expect(await deliveries.list({ incidentId: 'other', limit: 10 })).toEqual([other])
  })

  test('of each notice and channel the last attempt is found', async () => {
    const deliveries = createDeliveriesTable(store)
    const attempt = (notice: string, channel: string, n: number) =>
      aDelivery({ id: `${notice}:${channel}:${n}`, incidentId: notice, channel, attempt: n })
    const rows = [attempt('n1', 'email', 1), attempt('n1', 'email', 2), attempt('n1', 'webhook', 1)]
    const [, last, otherChannel] = rows
    const second = attempt('n2', 'email', 0)
    await deliveries.append([...rows, second])
    const found = await deliveries.lastAttempts(['n1', 'n2', 'none'])
    expect(found).toHaveLength(3)
    expect(found).toEqual(expect.arrayContaining([last, otherChannel, second]))
    expect(await deliveries.lastAttempts([])).toEqual([])
  })
})

describe('dead letters', () => {
  test('a replay of the same records doubles nothing', async () => {
    const letters = createDeadLettersTable(store)
    const now = Date.now()
    const bad = aDeadLetter({ receivedMs: now })
    const unknown = aDeadLetter({
      offset: 42,
      reason: 'unknown_format',
      format: undefined,
      field: undefined,
      keys: [hostile],
      receivedMs: now + 1,
    })
    const secondOfOne = aDeadLetter({ index: 1, receivedMs: now - 1 })
    await letters.append([bad, unknown, secondOfOne])
    await letters.append([bad, unknown])

    expect(await letters.list({ limit: 10 })).toEqual([unknown, bad, secondOfOne])
    expect(await letters.list({ reason: 'bad_time', limit: 10 })).toEqual([bad, secondOfOne])
    expect(await letters.list({ source: 'other', limit: 10 })).toEqual([])
    expect(await letters.counts()).toEqual([
      { reason: 'bad_time', count: 2, lastReceivedMs: now },
      { reason: 'unknown_format', count: 1, lastReceivedMs: now + 1 },
    ])
  })
})

describe('tokens and keys', () => {
  const unknown: RegisteredToken = {
    token: undefined,
    credentialId: 'cred-1',
    owner: undefined,
    application: undefined,
    tenant: undefined,
    scopes: undefined,
    issuedAtMs: undefined,
    expiresAtMs: undefined,
    revokedAtMs: undefined,
    isProtected: false,
    isHoneytoken: false,
  }

  test('absent is not empty, and the last word on a token wins', async () => {
    const tokens = createTokensTable(store)
    const known: RegisteredToken = {
      token: tokenOf(1),
      credentialId: undefined,
      owner: hostile,
      application: 'checkout',
      tenant: 'acme',
      scopes: ['read', hostile],
      issuedAtMs: monday,
      expiresAtMs: monday + 1,
      revokedAtMs: monday + 2,
      isProtected: true,
      isHoneytoken: true,
    }
    const withoutScopes = { ...unknown, credentialId: 'cred-2', scopes: [] }
    await tokens.put([{ ...known, owner: 'before' }, unknown, withoutScopes])
    await tokens.put([known])
    expect(await tokens.all()).toEqual([unknown, withoutScopes, known])
  })

  test('keys are kept by id', async () => {
    const keys = createApiKeysTable(store)
    const admin = { id: 'a', name: 'admin', hash: 'sha256:00', createdMs: monday }
    const second = { id: 'b', name: hostile, hash: 'sha256:01', createdMs: monday + 1 }
    await keys.put(second)
    await keys.put({ ...admin, name: 'before' })
    await keys.put(admin)
    expect(await keys.all()).toEqual([admin, second])
  })
})

describe('ingest requests', () => {
  test('a request is found by source and key, with its answer', async () => {
    const requests = createIngestRequestsTable(store)
    const request = {
      key: hostile,
      source: 'http.a',
      bodyHash: 'ab'.repeat(32),
      firstOffset: 10,
      lastOffset: 12,
      accepted: 1,
      rejected: 2,
      errors: [
        { index: 1, reason: 'bad_time', field: 'ts' },
        { index: 2, reason: 'not_json' },
      ],
      atMs: Date.now(),
    }
    await requests.put(request)
    await requests.put(request)
    await requests.put({ ...request, key: 'b', firstOffset: 13, lastOffset: 13, errors: [] })
    expect(await requests.find('http.a', hostile)).toStrictEqual(request)
    expect(await requests.find('http.b', hostile)).toBeUndefined()
    expect(await requests.lastOffset('http.a')).toBe(13)
  })

  test('offsets of records that only left dead letters count as used', async () => {
    const requests = createIngestRequestsTable(store)
    expect(await requests.lastOffset('http.a')).toBe(-1)
    await createDeadLettersTable(store).append([aDeadLetter({ source: 'http.a', offset: 0 })])
    expect(await requests.lastOffset('http.a')).toBe(0)
  })
})

test('a store that is away is an error of ours, after some attempts', async () => {
  const away = await startTestStore({ restartOnExit: false })
  away.killServer()
  const append = createAuditLogTable(away.store).append([anAuditEntry()])
  await expect(append).rejects.toMatchObject({ name: 'PipelineError', isRetryable: true })
  await away.close()
})
