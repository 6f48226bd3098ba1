import Value from 'typebox/value'
import { expect, test, vi } from 'vitest'
import type { AccessEvent } from '../../src/domain/access-event.ts'
import { createContainment, type StillServing } from '../../src/respond/containment.ts'
import { ContainmentSettings } from '../../src/respond/settings.ts'
import {
  aContainment,
  anAction,
  anIncident,
  aTrigger,
  monday,
  tokenOf,
} from '../support/records.ts'
import { createMemoryTables, createTestTelemetry } from '../support/response.ts'
import { createTimeline } from '../support/timeline.ts'

const GRACE_MS = 10_000
const action = anAction({ state: 'succeeded', effectiveMs: monday, updatedMs: monday })

const call = (changes: Partial<AccessEvent>) =>
  ({
    ...{ token: tokenOf(1), gateway: 'kong', node: 'kong-1', ts: monday + GRACE_MS + 1 },
    ...{ authOutcome: 'ok', status: 200, prefix: '203.0.113.0/24' },
    ...changes,
  }) as AccessEvent

const refusal = { authOutcome: 'failed', status: 401 } as const

function setUp(
  changes: Partial<ContainmentSettings> = {},
  nodesOf: () => Promise<{ gateway: string; node: string }[]> = () => Promise.resolve([]),
  tables = createMemoryTables(),
) {
  const time = createTimeline(monday)
  const caught: StillServing[] = []
  const containment = createContainment({
    ...{ store: tables.containment, nodesOf, onStillServing: one => caught.push(one) },
    ...createTestTelemetry(),
    ...time,
    settings: { ...Value.Create(ContainmentSettings), graceMs: GRACE_MS, ...changes },
  })
  const nodes = () =>
    containment.statusOf('action-1')?.nodes.map(({ node, state }) => `${node} ${state}`)
  return { containment, time, tables, caught, nodes }
}

test('each node that served the token is refused, silent or still serving', async () => {
  const { containment, caught, nodes } = setUp({}, () =>
    Promise.resolve([{ gateway: 'kong', node: 'kong-4' }]),
  )
  containment.track(anIncident({ trigger: aTrigger({ node: 'kong-1' }) }))
  for (const node of ['kong-2', 'kong-3']) containment.observe(call({ node, ts: monday - 5 }))
  void containment.watch(action)
  await vi.waitFor(() => expect(nodes()).toHaveLength(4))

  containment.observe(call({ ...refusal, node: 'kong-1', ts: monday + 5 }))
  containment.observe(call({ node: 'kong-2' }))
  containment.observe(call({ node: 'kong-2' }))
  expect(nodes()).toEqual([
    'kong-1 refused',
    'kong-2 still_serving',
    'kong-3 silent',
    'kong-4 silent',
  ])
  expect(containment.statusOf('action-1')).toMatchObject({
    state: 'still_serving',
    effectiveMs: monday,
  })
  expect(caught).toEqual([
    {
      action,
      node: expect.objectContaining({ node: 'kong-2', servedAfterCount: 1 }),
    },
  ])
})

test.each([
  ['answered before the action', [{ ts: monday }], [], 'silent'],
  ['answered within the grace', [{ ts: monday + GRACE_MS }], ['kong-1 silent'], 'silent'],
  ['then refused', [{ ts: monday + GRACE_MS }, { ...refusal }], ['kong-1 refused'], 'refused'],
  [
    'refused, then answered',
    [{ ...refusal }, { ts: monday + 99_999 }],
    ['kong-1 still_serving'],
    'still_serving',
  ],
  [
    'an answer from before the refusal that comes late',
    [{ ...refusal, ts: monday + 60_000 }, { ts: monday + 50_000 }],
    ['kong-1 refused'],
    'refused',
  ],
  ['over its limit', [{ authOutcome: 'throttled', status: 429 }], [], 'silent'],
  ['forbidden', [{ authOutcome: 'denied', status: 403 }], ['kong-1 refused'], 'refused'],
  ['a record without a status', [{ status: 0 }], [], 'silent'],
] as const)('%s', (_, calls, expected, state) => {
  const { containment, nodes } = setUp()
  void containment.watch(action)
  for (const one of calls) containment.observe(call(one))
  expect(nodes()).toEqual(expected)
  expect(containment.statusOf('action-1')?.state).toBe(state)
})

test('a restriction is judged by the calls of its network, and a limit is its refusal', () => {
  const { containment, nodes, caught } = setUp()
  void containment.watch(anAction({ ...action, kind: 'restrict' }), { prefix: '203.0.113.0/24' })
  containment.observe(call({ prefix: '198.51.100.0/24', node: 'kong-9' }))
  containment.observe(call({ authOutcome: 'throttled', status: 429 }))
  expect(nodes()).toEqual(['kong-1 refused'])
  expect(caught).toEqual([])
})

test('other tokens are nothing to it', () => {
  const { containment, nodes } = setUp()
  void containment.watch(action)
  containment.observe(call({ token: tokenOf(2) }))
  expect(nodes()).toEqual([])
})

test('an action is effective from the later of the wall clock and the newest event', () => {
  const { containment, time } = setUp()
  expect(containment.effectiveMs()).toBe(monday)
  containment.observe(call({ ts: monday + 7_000 }))
  expect(containment.effectiveMs()).toBe(monday + 7_000)
  time.advance(60_000)
  expect(containment.effectiveMs()).toBe(monday + 60_000)
})

test('changes are saved at most once in a while, and again when the store was away', async () => {
  const { containment, tables, time } = setUp({ saveEveryMs: 1_000 })
  void containment.watch(action)
  await vi.waitFor(() => expect(time.waits()).toEqual([1_000]))
  for (let at = 0; at < 5; at += 1) containment.observe(call(refusal))
  expect(time.waits()).toEqual([1_000])
  tables.state.failure = new Error('away')
  time.next()
  await vi.waitFor(() => expect(time.waits()).toEqual([1_000]))
  tables.state.failure = undefined
  time.next()
  await vi.waitFor(() =>
    expect(tables.rows.containments()).toEqual([
      expect.objectContaining({ actionId: 'action-1', state: 'refused' }),
    ]),
  )
})

test('what an earlier run saw is taken up, and a node that was paged about is not again', async () => {
  const { containment, tables, caught, nodes } = setUp()
  await tables.containment.put(aContainment())
  void containment.watch(action)
  await vi.waitFor(() => expect(nodes()).toEqual(['kong-1 refused', ' still_serving']))
  containment.observe(call({ node: '' }))
  expect(caught).toEqual([])
  expect(containment.statusOf('action-1')?.nodes[1]).toMatchObject({ servedAfterCount: 4 })
})

test('after a restart, calls that were counted before are not counted or paged about again', async () => {
  const calls = [
    call({ ...refusal, ts: monday + GRACE_MS + 1_000 }),
    call({ ts: monday + GRACE_MS + 2_000 }),
    call({ ...refusal, ts: monday + GRACE_MS + 3_000 }),
  ]
  const first = setUp()
  await first.containment.watch(action)
  for (const one of calls) first.containment.observe(one)
  expect(first.caught).toHaveLength(1)
  await first.containment.flush()

  const second = setUp()
  for (const saved of first.tables.rows.containments()) await second.tables.containment.put(saved)
  await second.containment.watch(action)
  for (const one of calls) second.containment.observe(one, true)
  second.containment.observe(call({ ...refusal, ts: monday + GRACE_MS + 4_000 }), true)
  expect(second.caught).toEqual([])
  expect(second.containment.statusOf('action-1')?.nodes).toMatchObject([
    { state: 'refused', refusedCount: 3, servedAfterCount: 1 },
  ])
})

test('the limits: nodes beyond theirs are counted together, the oldest token is let go', () => {
  const { containment, nodes } = setUp({ nodesPerTokenMax: 2, tokensMax: 2 })
  void containment.watch(action)
  for (const node of ['a', 'b', 'c', 'd']) containment.observe(call({ ...refusal, node }))
  expect(nodes()).toEqual(['a refused', 'b refused', ' refused'])
  expect(containment.statusOf('action-1')?.nodes[2]).toMatchObject({ refusedCount: 2 })

  for (const n of [2, 3])
    void containment.watch(anAction({ ...action, id: `a${n}`, token: tokenOf(n) }))
  expect(containment.statusOf('action-1')).toBeUndefined()
  expect(containment.statusOf('a3')).toBeDefined()
})

test('watching ends', () => {
  const { containment, time } = setUp({ watchMs: 60_000 })
  void containment.watch(action)
  time.advance(60_001)
  void containment.watch(anAction({ ...action, id: 'later', updatedMs: time.clock() }))
  expect(containment.statusOf('action-1')).toBeUndefined()
  expect(containment.statusOf('later')).toBeDefined()
})

test('two processes that each see some nodes of a token: what is stored is what both saw', async () => {
  const one = setUp()
  const other = setUp({}, undefined, one.tables)
  await Promise.all([one.containment.watch(action), other.containment.watch(action)])
  one.containment.observe(call({ ...refusal, node: 'kong-1' }))
  other.containment.observe(call({ node: 'kong-2' }))
  // Both save at the same moment, then look again.
  for (let turn = 0; turn < 3; turn++) {
    await Promise.all([one.containment.flush(), other.containment.flush()])
  }
  const [stored] = one.tables.rows.containments()
  expect(stored?.nodes.map(({ node, state }) => `${node} ${state}`).sort()).toEqual([
    'kong-1 refused',
    'kong-2 still_serving',
  ])
  expect(
    stored?.nodes.map(({ refusedCount, servedAfterCount }) => refusedCount + servedAfterCount),
  ).toEqual([1, 1])
})

test('a process that sees nothing of a token overwrites nothing, and goes on from what is stored', async () => {
  const one = setUp()
  const other = setUp({}, undefined, one.tables)
  await Promise.all([one.containment.watch(action), other.containment.watch(action)])
  one.containment.observe(call({ node: 'kong-1' }))
  await one.containment.flush()
  await other.containment.flush()
  await other.containment.refresh()
  const lastServedMs = monday + GRACE_MS + 1
  expect(one.tables.rows.containments()).toEqual([
    expect.objectContaining({
      nodes: [expect.objectContaining({ lastServedMs, servedAfterCount: 1 })],
    }),
  ])
  // The stream moves: what the first one counted is replayed, and the page went out already.
  other.containment.observe(call({ node: 'kong-1' }), true)
  other.containment.observe(call({ node: 'kong-1', ts: lastServedMs + 1 }))
  expect(other.caught).toEqual([])
  await other.containment.flush()
  expect(one.tables.rows.containments()).toEqual([
    expect.objectContaining({ nodes: [expect.objectContaining({ servedAfterCount: 2 })] }),
  ])
})
