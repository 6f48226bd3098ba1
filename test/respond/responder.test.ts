import { expect, test, vi } from 'vitest'
import type { Action } from '../../src/domain/action.ts'
import type { Incident } from '../../src/domain/incident.ts'
import { defaultPolicyText, parsePolicy } from '../../src/respond/policy.ts'
import { createResponder, type ResponderDeps } from '../../src/respond/responder.ts'
import type { Revoker, RevokerOutcome } from '../../src/respond/revoker.ts'
import { anEvidence, anIncident, anIncidentEvent, monday, tokenOf } from '../support/records.ts'
import { createMemoryTables, createTestTelemetry } from '../support/response.ts'
import { createTimeline } from '../support/timeline.ts'

const accepted: RevokerOutcome = { kind: 'accepted', detail: 'HTTP 204' }
const unavailable: RevokerOutcome = { kind: 'unavailable', detail: 'HTTP 503' }
const refused: RevokerOutcome = { kind: 'refused', detail: 'HTTP 404' }

const autoPolicy = defaultPolicyText.replace('dry-run', 'auto')
const protectingPolicy = `${autoPolicy}protected: { tokens: ['${tokenOf(1)}'] }
`
const stolen = anIncident({
  id: 'inc_1',
  evidence: [anEvidence(), anEvidence({ detector: 'new-endpoint' })],
})

interface World {
  readonly outcomes?: readonly (RevokerOutcome | Promise<RevokerOutcome>)[]
  readonly policyText?: string
  readonly dryRun?: boolean
  readonly incidents?: readonly Incident[]
  readonly tables?: ReturnType<typeof createMemoryTables>
  readonly owner?: string
  readonly deps?: Partial<ResponderDeps>
}

function setUp({ outcomes = [accepted], policyText = autoPolicy, ...world }: World = {}) {
  const time = createTimeline(monday)
  const tables = world.tables ?? createMemoryTables()
  const incidents = new Map((world.incidents ?? [stolen]).map(one => [one.id, one]))
  const calls: Action[] = []
  const seen: string[] = []
  const watched: Action[] = []
  const revoker: Revoker = {
    id: 'webhook',
    kinds: ['revoke'],
    call(action) {
      calls.push(action)
      seen.push(tables.rows.actions().at(-1)?.state ?? 'none')
      return Promise.resolve(outcomes[Math.min(calls.length, outcomes.length) - 1] ?? accepted)
    },
    close: () => Promise.resolve(),
  }
  const parsed = parsePolicy(policyText, ['webhook'])
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.faults))
  const telemetry = createTestTelemetry(time.clock)
  const responder = createResponder({
    policy: parsed.policy,
    revokers: [revoker],
    actions: tables.actions,
    audit: tables.audit,
    incidentOf: id => Promise.resolve(incidents.get(id)),
    exclusively: work => work(),
    owner: world.owner ?? 'process-1',
    containment: {
      watch(action) {
        watched.push(action)
        return Promise.resolve()
      },
      effectiveMs: () => monday + 77,
    },
    ...telemetry,
    ...time,
    random: () => 0.5,
    settings: {
      dryRun: world.dryRun ?? false,
      retryDelaysMs: [1_000, 5_000],
      executingMax: 10,
      actionsRememberedMax: 100,
    },
    ...world.deps,
  })
  const rows = () =>
    tables.rows.actions().map(row => `${row.version} ${row.state} ${row.lastOutcome}`)
  const verbs = () => tables.rows.audit().map(({ verb }) => verb)
  return { responder, time, tables, calls, seen, watched, rows, verbs, incidents, ...telemetry }
}

const opened = (incident: Incident = stolen) => anIncidentEvent(incident, 'opened')
const added = (incident: Incident = stolen) => anIncidentEvent(incident, 'finding_added')
const stateOf = ({ responder }: ReturnType<typeof setUp>) => responder.actions()[0]?.state

test('an automatic action is on record before it is tried and after, and is watched', async () => {
  const world = setUp()
  await world.responder.onIncident(opened())
  await vi.waitFor(() => expect(stateOf(world)).toBe('succeeded'))
  expect(world.seen).toEqual(['executing'])
  expect(world.rows()).toEqual(['1 executing ', '2 succeeded HTTP 204'])
  await world.responder.drain()
  expect(world.verbs()).toEqual(['action.executing', 'action.succeeded'])
  expect(world.watched).toEqual([expect.objectContaining({ effectiveMs: monday + 77 })])
})

test('the same incident again, or more findings on it, are no second call', async () => {
  const world = setUp()
  await Promise.all([world.responder.onIncident(opened()), world.responder.onIncident(added())])
  await vi.waitFor(() => expect(stateOf(world)).toBe('succeeded'))
  await world.responder.onIncident(added())
  expect(world.calls).toHaveLength(1)
  expect(world.responder.actions()).toHaveLength(1)
})

test('in a dry run nothing is called, and it is said what would have been', async () => {
  const world = setUp({ dryRun: true })
  await world.responder.onIncident(opened())
  expect(world.calls).toEqual([])
  expect(world.responder.actions()).toEqual([
    expect.objectContaining({ state: 'planned', mode: 'dry-run', kind: 'revoke' }),
  ])
  await world.responder.onIncident(added())
  expect(world.rows()).toEqual(['1 planned '])
  expect(world.verbs()).toEqual(['action.planned'])
})

test('what was withheld for lack of evidence is carried out when there is more', async () => {
  const world = setUp()
  await world.responder.onIncident(opened({ ...stolen, evidence: [anEvidence()] }))
  expect(world.responder.actions()[0]).toMatchObject({
    state: 'withheld',
    reason: 'withheld because 1 independent detector has spoken and 2 are needed',
  })
  await world.responder.onIncident(opened({ ...stolen, evidence: [anEvidence()] }))
  expect(world.verbs()).toEqual(['action.withheld'])
  await world.responder.onIncident(added())
  await vi.waitFor(() => expect(stateOf(world)).toBe('succeeded'))
  await world.responder.drain()
  expect(world.verbs()).toEqual(['action.withheld', 'action.executing', 'action.succeeded'])
})

test('a receiver that is down is tried again with the same id, then the failure is shown', async () => {
  const world = setUp({ outcomes: [unavailable] })
  await world.responder.onIncident(opened())
  await vi.waitFor(() => expect(world.time.waits()).toEqual([1_000]))
  world.time.next()
  await vi.waitFor(() => expect(world.time.waits()).toEqual([5_000]))
  world.time.next()
  await vi.waitFor(() => expect(stateOf(world)).toBe('failed'))
  expect(world.rows()).toEqual([
    '1 executing ',
    '2 executing HTTP 503',
    '3 executing HTTP 503',
    '4 failed HTTP 503',
  ])
  expect(new Set(world.calls.map(({ id }) => id)).size).toBe(1)
  expect(world.verbs().at(-1)).toBe('action.failed')
  expect(world.watched).toEqual([])
  expect(world.health.list()).toContainEqual(
    expect.objectContaining({ name: 'respond.webhook', isHealthy: false, detail: 'HTTP 503' }),
  )
})

test('a stop between attempts: the next start goes on with the same id', async () => {
  const first = setUp({ outcomes: [unavailable] })
  await first.responder.onIncident(opened())
  await vi.waitFor(() => expect(first.time.waits()).toEqual([1_000]))
  await first.responder.drain()
  expect(first.time.waits()).toEqual([])

  const second = setUp({ owner: 'process-2', tables: first.tables })
  await second.responder.recover([stolen], new Set(['process-2']))
  await vi.waitFor(() => expect(stateOf(second)).toBe('succeeded'))
  expect(second.calls.map(({ id }) => id)).toEqual(first.calls.map(({ id }) => id))
  expect(second.responder.actions()).toHaveLength(1)

  const third = setUp({ owner: 'process-3', tables: first.tables })
  await third.responder.recover([stolen], new Set(['process-3']))
  expect(third.calls).toEqual([])
  expect(third.watched).toHaveLength(1)
})

test.each([
  ['the dry run was switched on', { dryRun: true }],
  ['the policy protects this token', { policyText: protectingPolicy }],
])('a call under way is not made again after a restart when %s', async (reason, changes) => {
  const first = setUp({ outcomes: [unavailable] })
  await first.responder.onIncident(opened())
  await vi.waitFor(() => expect(first.rows()).toContain('2 executing HTTP 503'))
  await first.responder.drain()
  const second = setUp({ owner: 'process-2', tables: first.tables, ...changes })
  await second.responder.recover([stolen], new Set(['process-2']))
  expect(second.calls).toEqual([])
  expect(second.tables.rows.actions().map(row => row.reason)).toContain(
    `withheld because ${reason}`,
  )
})

test('a call that a person asked for goes on after a restart, also in a dry run', async () => {
  const first = setUp({ dryRun: true, outcomes: [unavailable] })
  await first.responder.onIncident(opened())
  const id = first.responder.actions()[0]?.id ?? ''
  await first.responder.execute(id, 'ada')
  await first.responder.drain()
  const second = setUp({ owner: 'process-2', tables: first.tables, dryRun: true })
  await second.responder.recover([stolen], new Set(['process-2']))
  await vi.waitFor(() => expect(stateOf(second)).toBe('succeeded'))
})

test('a call that cannot even be made is a failed action, and not the end of the process', async () => {
  const world = setUp({ outcomes: [Promise.reject(new RangeError('Invalid time value'))] })
  await world.responder.onIncident(opened())
  await vi.waitFor(() => expect(stateOf(world)).toBe('failed'))
})

test('a call that fails while stopping is left to the next start', async () => {
  let answer: (outcome: RevokerOutcome) => void = () => undefined
  const pending = new Promise<RevokerOutcome>(resolve => {
    answer = resolve
  })
  const world = setUp({ outcomes: [pending] })
  await world.responder.onIncident(opened())
  const drained = world.responder.drain(1_000)
  await vi.waitFor(() => expect(world.time.waits()).toEqual([1_000]))
  // One turn of the loop, so that the drain has reached the call.
  await new Promise(resolve => setImmediate(resolve))
  answer(unavailable)
  await drained
  expect(world.time.waits()).toEqual([])
  expect(world.rows()).toEqual(['1 executing ', '2 executing HTTP 503'])
})

test('an incident that a stop left undecided is decided at the next start', async () => {
  const world = setUp()
  await world.responder.recover([stolen], new Set(['process-1']))
  await vi.waitFor(() => expect(stateOf(world)).toBe('succeeded'))
})

test('a store that is away: nothing is called before it is on record', async () => {
  const world = setUp()
  world.tables.state.failure = new Error('away')
  await world.responder.onIncident(opened())
  expect(world.calls).toEqual([])
  expect(world.responder.actions()).toEqual([])
  world.tables.state.failure = undefined
  world.time.next()
  await vi.waitFor(() => expect(stateOf(world)).toBe('succeeded'))
})

test('a store that goes away during the call: the outcome is written when it is back', async () => {
  let answer: (outcome: RevokerOutcome) => void = () => undefined
  const pending = new Promise<RevokerOutcome>(resolve => {
    answer = resolve
  })
  const world = setUp({ outcomes: [pending] })
  await world.responder.onIncident(opened())
  world.tables.state.failure = new Error('away')
  answer(accepted)
  // The action's row and its audit row.
  await vi.waitFor(() => expect(world.time.waits()).toEqual([5_000, 5_000]))
  expect(stateOf(world)).toBe('succeeded')
  world.tables.state.failure = undefined
  world.time.advance(5_000)
  await vi.waitFor(() => expect(world.verbs()).toContain('action.succeeded'))
  expect(world.calls).toHaveLength(1)
  expect(world.rows()).toEqual(['1 executing ', '2 succeeded HTTP 204'])
})

test('the hourly cap holds, also for incidents at the same moment', async () => {
  const incidents = Array.from({ length: 7 }, (_, n) => ({
    ...stolen,
    id: `inc_${n}`,
    token: tokenOf(n),
  }))
  const world = setUp({ incidents })
  await Promise.all(incidents.map(incident => world.responder.onIncident(opened(incident))))
  await vi.waitFor(() => expect(world.calls).toHaveLength(5))
  const withheld = world.responder.actions().filter(({ state }) => state === 'withheld')
  expect(withheld.map(({ reason }) => reason)).toEqual(
    Array(2).fill(
      'withheld because 5 actions were carried out for this tenant within an hour, and the cap is 5',
    ),
  )
})

test('a person carries out what was planned, with a name on record', async () => {
  const world = setUp({ dryRun: true })
  await world.responder.onIncident(opened())
  const id = world.responder.actions()[0]?.id ?? ''
  expect(await world.responder.execute(id, 'ann')).toMatchObject({
    ok: true,
    value: { state: 'succeeded', actor: 'ann', attempts: 1 },
  })
  expect(await world.responder.execute(id, 'ann')).toEqual({
    ok: false,
    reason: 'not_executable',
  })
  expect(await world.responder.execute('act_none', 'ann')).toEqual({
    ok: false,
    reason: 'unknown_action',
  })
  expect(world.verbs()).toEqual(['action.planned', 'action.approved', 'action.succeeded'])
})

test('two people at once are one call', async () => {
  const world = setUp({ policyText: autoPolicy.replace('auto', 'approve') })
  await world.responder.onIncident(opened())
  expect(stateOf(world)).toBe('awaiting')
  const id = world.responder.actions()[0]?.id ?? ''
  const both = await Promise.all([
    world.responder.execute(id, 'ann'),
    world.responder.execute(id, 'bob'),
  ])
  expect(both.filter(({ ok }) => ok)).toHaveLength(1)
  expect(world.calls).toHaveLength(1)
})

test('a protected token is refused to a person too, unless it is overridden on record', async () => {
  const registered = { isProtected: true } as ReturnType<
    NonNullable<ResponderDeps['registry']>['find']
  >
  const world = setUp({ deps: { registry: { find: () => registered } } })
  await world.responder.onIncident(opened())
  const id = world.responder.actions()[0]?.id ?? ''
  expect(await world.responder.execute(id, 'ann')).toMatchObject({
    ok: true,
    value: { state: 'withheld', reason: 'withheld because the token registry protects this token' },
  })
  expect(world.calls).toEqual([])
  expect(await world.responder.execute(id, 'ann', { override: true })).toMatchObject({
    value: { state: 'succeeded', reason: expect.stringMatching(/^rule high-risk/) },
  })
  expect(world.tables.rows.audit().find(({ verb }) => verb === 'action.approved')?.detail).toMatch(
    /overridden: the token registry protects this token$/,
  )
})

test('a failed action can be tried again, with the same id', async () => {
  const world = setUp({ outcomes: [refused, accepted] })
  await world.responder.onIncident(opened())
  await vi.waitFor(() => expect(stateOf(world)).toBe('failed'))
  await world.responder.onIncident(added())
  expect(world.calls).toHaveLength(1)
  const id = world.responder.actions()[0]?.id ?? ''
  expect(await world.responder.execute(id, 'ann')).toMatchObject({
    value: { state: 'succeeded', attempts: 2 },
  })
})

test('without the revoker there is nothing to call, override or not', async () => {
  const world = setUp({ deps: { revokers: [] } })
  await world.responder.onIncident(opened())
  expect(world.responder.actions()[0]).toMatchObject({
    state: 'withheld',
    reason: 'withheld because the revoker webhook is not configured',
  })
  const id = world.responder.actions()[0]?.id ?? ''
  expect(await world.responder.execute(id, 'ann', { override: true })).toMatchObject({
    value: { state: 'withheld' },
  })
})

test('what is done is not weakened: no restriction after a revocation', async () => {
  const policyText = `version: 1
rules:
  - { name: soft, match: { tenants: [acme], riskMin: 95 }, action: restrict, revoker: webhook, mode: auto }
  - { name: hard, match: {}, action: revoke, revoker: webhook, mode: auto }
`
  const world = setUp({ policyText })
  await world.responder.onIncident(opened())
  await vi.waitFor(() => expect(stateOf(world)).toBe('succeeded'))
  await world.responder.onIncident(added({ ...stolen, risk: 99 }))
  expect(world.responder.actions().map(({ kind }) => kind)).toEqual(['revoke'])
})

test('what a living process has under way is left to it; of a dead one it is taken over, once', async () => {
  const first = setUp({ outcomes: [unavailable] })
  await first.responder.onIncident(opened())
  await vi.waitFor(() => expect(first.time.waits()).toEqual([1_000]))

  const second = setUp({ owner: 'process-2', tables: first.tables })
  await second.responder.recover([stolen], new Set(['process-1', 'process-2']))
  expect(second.calls).toEqual([])
  await second.responder.refresh()
  await second.responder.takeOver([stolen], new Set(['process-2']))
  await vi.waitFor(() => expect(stateOf(second)).toBe('succeeded'))
  expect(second.calls.map(({ id }) => id)).toEqual([first.calls[0]?.id])
  expect(second.responder.actions()).toEqual([expect.objectContaining({ owner: 'process-2' })])

  // Taken for dead, the first one comes back to its retry.
  first.time.next()
  await vi.waitFor(() => expect(stateOf(first)).toBe('succeeded'))
  expect(first.calls).toHaveLength(1)
})

test('a person carries out in one process what another one planned', async () => {
  const first = setUp({ dryRun: true })
  await first.responder.onIncident(opened())
  const id = first.responder.actions()[0]?.id ?? ''
  const second = setUp({ owner: 'process-2', tables: first.tables, dryRun: true })
  expect(await second.responder.execute(id, 'ann')).toMatchObject({
    ok: true,
    value: { state: 'succeeded', owner: 'process-2' },
  })
  expect(await first.responder.execute(id, 'bob')).toEqual({ ok: false, reason: 'not_executable' })
  expect(first.watched).toEqual([expect.objectContaining({ id })])
})

test('an incident whose process died before it decided is decided by another, not at once', async () => {
  const world = setUp({ owner: 'process-2' })
  const young = { ...stolen, openedMs: world.time.clock() - 30_000 }
  await world.responder.takeOver([young], new Set(['process-2']))
  expect(world.responder.actions()).toEqual([])
  await world.responder.takeOver([{ ...young, openedMs: young.openedMs - 31_000 }], new Set())
  await vi.waitFor(() => expect(stateOf(world)).toBe('succeeded'))
})
