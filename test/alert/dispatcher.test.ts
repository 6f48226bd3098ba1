import Value from 'typebox/value'
import { expect, test, vi } from 'vitest'
import {
  type Channel,
  type Notice,
  noticeKinds,
  type SendOutcome,
} from '../../src/alert/channel.ts'
import { incidentEventId } from '../../src/alert/decide-incident.ts'
import { createDispatcher } from '../../src/alert/dispatcher.ts'
import { DispatchSettings } from '../../src/alert/settings.ts'
import type { Incident, IncidentEvent } from '../../src/domain/incident.ts'
import { anAction, anIncident } from '../support/records.ts'
import { createMemoryTables, createTestTelemetry } from '../support/response.ts'
import { createTimeline } from '../support/timeline.ts'

const accepted: SendOutcome = { kind: 'accepted', detail: 'HTTP 204' }
const unavailable: SendOutcome = { kind: 'unavailable', detail: 'HTTP 503' }

/** A channel that gives the outcomes in turn, and the last one for ever. */
function scripted(...outcomes: readonly (SendOutcome | Promise<SendOutcome>)[]) {
  const sent: Notice[] = []
  const channel: Channel = {
    id: 'webhook',
    kinds: noticeKinds,
    send: notice => {
      sent.push(notice)
      const outcome = outcomes[Math.min(sent.length, outcomes.length) - 1]
      return Promise.resolve(outcome ?? accepted)
    },
    close: () => Promise.resolve(),
  }
  return { channel, sent }
}

function setUp(
  channel: Channel,
  changes: Partial<DispatchSettings> = {},
  tables = createMemoryTables(),
  owner = 'process-1',
) {
  const time = createTimeline()
  const telemetry = createTestTelemetry(time.clock)
  const dispatcher = createDispatcher({
    channels: [channel],
    deliveries: tables.deliveries,
    audit: tables.audit,
    owner,
    ...telemetry,
    ...time,
    random: () => 0.5,
    settings: { ...Value.Create(DispatchSettings), retryDelaysMs: [1_000, 10_000], ...changes },
  })
  const rows = () =>
    tables.rows.deliveries().map(row => `${row.attempt} ${row.outcome} ${row.detail}`)
  const before = new Map<string, Incident>()
  /** As the incident stage tells it. */
  const notify = (event: IncidentEvent) => {
    dispatcher.notify(event, before.get(event.incident.id))
    before.set(event.incident.id, event.incident)
  }
  return { dispatcher, notify, time, tables, rows, ...telemetry }
}

const step = (kind: IncidentEvent['kind'], changes: Partial<Incident> = {}): IncidentEvent => {
  const incident = anIncident(changes)
  return { id: incidentEventId(incident), atMs: incident.updatedMs, kind, incident }
}

test('people are told of what is news: opened, worse, closed', async () => {
  const { channel, sent } = scripted(accepted)
  const { dispatcher, notify } = setUp(channel)
  notify(step('opened', { severity: 'medium' }))
  notify(step('finding_added', { severity: 'medium', version: 2 }))
  notify(step('finding_added', { severity: 'critical', version: 3 }))
  notify(step('finding_added', { severity: 'critical', version: 4 }))
  notify(step('acknowledged', { severity: 'critical', version: 5 }))
  notify(step('resolved', { severity: 'critical', state: 'resolved', version: 6 }))
  await dispatcher.drain(1_000)
  expect(sent.map(({ kind, id }) => `${kind} ${id}`)).toEqual([
    'opened incident-1-1',
    'severity_raised incident-1-3',
    'resolved incident-1-6',
  ])
})

test('below the minimum severity nobody is told, until it rises', async () => {
  const { channel, sent } = scripted(accepted)
  const { dispatcher, notify } = setUp(channel, { severityMin: 'high', notifyResolved: false })
  notify(step('opened', { severity: 'low' }))
  notify(step('finding_added', { severity: 'high', version: 2 }))
  notify(step('resolved', { severity: 'high', state: 'resolved', version: 3 }))
  await dispatcher.drain(1_000)
  expect(sent.map(({ kind, id }) => `${kind} ${id}`)).toEqual(['opened incident-1-2'])
})

test('a receiver that is down is tried again by the schedule, then the failure is shown', async () => {
  const { channel, sent } = scripted(unavailable)
  const { dispatcher, notify, time, rows, health, tables } = setUp(channel)
  notify(step('opened'))
  await vi.waitFor(() => expect(rows()).toHaveLength(1))
  expect(time.waits()).toEqual([1_000])
  time.next()
  await vi.waitFor(() => expect(rows()).toHaveLength(2))
  expect(time.waits()).toEqual([10_000])
  time.next()
  await vi.waitFor(() => expect(rows()).toHaveLength(3))
  expect(rows()).toEqual(['1 retrying HTTP 503', '2 retrying HTTP 503', '3 failed HTTP 503'])
  expect(new Set(sent.map(({ id }) => id)).size).toBe(1)
  expect(health.list()).toContainEqual(
    expect.objectContaining({ name: 'alert.webhook', isHealthy: false, detail: 'HTTP 503' }),
  )
  expect(tables.rows.audit()).toEqual([
    expect.objectContaining({ verb: 'alert.failed', detail: 'webhook: HTTP 503' }),
  ])
  expect(dispatcher.pending).toBe(0)
})

test('a wait that the receiver asks for is kept, a refusal is final', async () => {
  const { channel } = scripted(
    { kind: 'unavailable', detail: 'HTTP 429', retryAfterMs: 7_000 },
    {
      kind: 'refused',
      detail: 'HTTP 410: the receiver is gone',
    },
  )
  const { notify, time, rows } = setUp(channel)
  notify(step('opened'))
  await vi.waitFor(() => expect(time.waits()).toEqual([7_000]))
  time.next()
  await vi.waitFor(() => expect(rows()[1]).toBe('2 failed HTTP 410: the receiver is gone'))
})

test('a notice that cannot even be made is a failed delivery, and not the end of the process', async () => {
  const { channel } = scripted(Promise.reject(new RangeError('Invalid time value')))
  const { dispatcher, notify, rows } = setUp(channel)
  notify(step('opened'))
  await dispatcher.drain(1_000)
  expect(rows()).toEqual(['1 failed the notice could not be made (RangeError)'])
})

test('beyond the queue a delivery fails at once and is on record', async () => {
  const { channel, sent } = scripted(new Promise<SendOutcome>(() => undefined))
  const { dispatcher, notify, rows, time } = setUp(channel, {
    queueMax: 2,
    concurrencyPerChannel: 1,
  })
  for (const id of ['a', 'b', 'c']) notify(step('opened', { id }))
  await vi.waitFor(() => expect(rows()).toEqual(['1 failed more than 2 deliveries wait']))
  expect(sent).toHaveLength(1)
  expect(dispatcher.pending).toBe(2)

  const drained = dispatcher.drain(5_000)
  time.advance(5_000)
  await drained
})

test('after a stop, deliveries between attempts go on and what nobody was told is told', async () => {
  const first = setUp(scripted(unavailable).channel)
  first.notify(step('opened', { id: 'between' }))
  await vi.waitFor(() => expect(first.rows()).toHaveLength(1))
  await first.dispatcher.drain(1_000)
  expect(first.time.waits()).toEqual([])
  await first.dispatcher.close()

  const { channel, sent } = scripted(accepted)
  const { tables } = first
  const now = first.time.clock()
  const second = setUp(channel, {}, tables, 'process-2')
  const told = anIncident({ id: 'told', openedMs: now })
  await tables.deliveries.append([
    {
      ...{ id: 'told-1:webhook:1', incidentId: 'told', incidentVersion: 1, channel: 'webhook' },
      ...{ attempt: 1, owner: 'process-1', atMs: now, outcome: 'delivered', detail: '' },
    },
  ])
  await second.dispatcher.recover(
    [
      anIncident({ id: 'between', openedMs: now }),
      told,
      anIncident({ id: 'untold', version: 3, openedMs: now }),
      anIncident({ id: 'ancient', openedMs: now - 25 * 3_600_000 }),
    ],
    new Set(['process-2']),
  )
  await second.dispatcher.drain(1_000)
  expect(sent.map(({ id, kind }) => `${kind} ${id}`)).toEqual([
    'opened between-1',
    'opened untold-3',
  ])
  expect(second.rows()).toContain('2 delivered HTTP 204')
})

test('a store that is away stops no alert, and is shown', async () => {
  const { channel, sent } = scripted(unavailable, accepted)
  const { notify, time, tables, health } = setUp(channel)
  tables.state.failure = new Error('away')
  notify(step('opened'))
  await vi.waitFor(() => expect(time.waits()).toEqual([1_000]))
  time.next()
  await vi.waitFor(() => expect(sent).toHaveLength(2))
  expect(health.list()).toContainEqual(
    expect.objectContaining({ name: 'alert.deliveries', isHealthy: false }),
  )
})

test('a node that goes on serving is a notice of its own, with an id per action and node', async () => {
  const { channel, sent } = scripted(accepted)
  const { dispatcher } = setUp(channel)
  const node = {
    ...{ gateway: 'kong', node: 'kong-1.example.com', state: 'still_serving' as const },
    ...{
      firstRefusedMs: undefined,
      lastRefusedMs: undefined,
      lastServedMs: 1,
      servedAfterCount: 3,
      refusedCount: 0,
    },
  }
  dispatcher.notifyAction({
    ...{ kind: 'still_serving', incident: anIncident(), action: anAction(), node },
  })
  await dispatcher.drain(1_000)
  expect(sent.map(({ id }) => id)).toEqual(['action-1-still_serving-kong-kong-1_example_com'])
})

test('deliveries of a process that lives are left to it, those of a dead one are taken over once', async () => {
  const first = setUp(scripted(unavailable).channel)
  first.notify(step('opened', { id: 'between' }))
  await vi.waitFor(() => expect(first.rows()).toHaveLength(1))

  const { channel, sent } = scripted(accepted)
  const second = setUp(channel, {}, first.tables, 'process-2')
  const openedMs = first.time.clock() - 61_000
  const incidents = [
    anIncident({ id: 'between', openedMs }),
    anIncident({ id: 'untold', openedMs }),
    anIncident({ id: 'just-opened', openedMs: first.time.clock() }),
  ]
  await second.dispatcher.recover(incidents, new Set(['process-1', 'process-2']))
  await second.dispatcher.drain(1_000)
  expect(sent.map(({ id }) => id)).toEqual(['untold-1'])

  const late = scripted(accepted)
  const third = setUp(late.channel, {}, first.tables, 'process-3')
  await third.dispatcher.recover(incidents, new Set(['process-2', 'process-3']))
  expect(third.rows()).toContain('1 retrying taken over by another process')
  await third.dispatcher.recover(incidents, new Set(['process-2', 'process-3']))
  await third.dispatcher.drain(1_000)
  expect(late.sent.map(({ id }) => id)).toEqual(['between-1'])
})
