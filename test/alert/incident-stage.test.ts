import Value from 'typebox/value'
import { expect, test } from 'vitest'
import { createIncidentStage } from '../../src/alert/incident-stage.ts'
import { IncidentSettings } from '../../src/alert/settings.ts'
import type { IncidentEvent } from '../../src/domain/incident.ts'
import { oneAtATime } from '../../src/lib/one-at-a-time.ts'
import { aFinding, tokenOf } from '../support/records.ts'
import { createMemoryTables, createTestTelemetry } from '../support/response.ts'

async function stageWith(
  tables = createMemoryTables(),
  changes: Partial<IncidentSettings> = {},
  inTurn: ReturnType<typeof oneAtATime> = oneAtATime(),
) {
  const told: IncidentEvent[] = []
  const stage = createIncidentStage({
    incidents: tables.incidents,
    audit: tables.audit,
    exclusively: work => inTurn(() => work(() => undefined)),
    onEvent: event => told.push(event),
    clock: () => 1_000,
    metrics: createTestTelemetry().metrics,
    settings: { ...Value.Create(IncidentSettings), ...changes },
  })
  await stage.load()
  return { stage, told, tables }
}

const steps = (told: readonly IncidentEvent[]) =>
  told.map(({ kind, incident }) => `${kind} ${incident.version}`)

test('findings of one token in one batch and in concurrent batches are one incident', async () => {
  const { stage, told } = await stageWith()
  await Promise.all([
    stage.observe([aFinding({ id: 'a' }), aFinding({ id: 'b' })]),
    stage.observe([aFinding({ id: 'c' }), aFinding({ id: 'a' })]),
    stage.observe([aFinding({ id: 'x', token: tokenOf(2) })]),
  ])
  expect(steps(told)).toEqual(['opened 1', 'finding_added 2', 'finding_added 3', 'opened 1'])
  expect(stage.list()).toHaveLength(2)
})

test('what was known before a restart is known after it, and is told once', async () => {
  const { stage, tables } = await stageWith()
  await stage.observe([aFinding({ id: 'a' })])
  const [incident] = stage.list()
  await stage.resolve(incident?.id ?? '', 'ann', 'rotated')

  const second = await stageWith(tables)
  await second.stage.observe([aFinding({ id: 'a' })])
  expect(second.told).toEqual([])
  await second.stage.observe([aFinding({ id: 'b' })])
  expect(steps(second.told)).toEqual(['opened 1'])
})

test('a store that is away leaves nothing half done: the same findings again are taken', async () => {
  const { stage, told, tables } = await stageWith()
  tables.state.failure = new Error('away')
  await expect(stage.observe([aFinding()])).rejects.toThrow('away')
  expect(stage.list()).toEqual([])
  expect(told).toEqual([])
  tables.state.failure = undefined
  await stage.observe([aFinding()])
  expect(steps(told)).toEqual(['opened 1'])
})

test('each step by a person has an audit row, and a step that is not allowed is a result', async () => {
  const { stage, told, tables } = await stageWith()
  await stage.observe([aFinding()])
  const id = stage.list()[0]?.id ?? ''
  expect(await stage.acknowledge(id, 'ann')).toMatchObject({ ok: true })
  expect(await stage.acknowledge(id, 'bob')).toEqual({ ok: false, reason: 'invalid_transition' })
  expect(await stage.markFalsePositive(id, 'bob', 'our own job')).toMatchObject({ ok: true })
  expect(await stage.resolve(id, 'ann')).toEqual({ ok: false, reason: 'invalid_transition' })
  expect(await stage.resolve('inc_none', 'ann')).toEqual({ ok: false, reason: 'unknown_incident' })
  expect(steps(told)).toEqual(['opened 1', 'acknowledged 2', 'false_positive 3'])
  expect(tables.rows.audit()).toEqual([
    expect.objectContaining({ verb: 'incident.acknowledged', actor: 'ann', tenant: 'acme' }),
    expect.objectContaining({
      verb: 'incident.false_positive',
      actor: 'bob',
      subject: `incident:${id}`,
      detail: 'our own job',
    }),
  ])
})

test('beyond the limit of open incidents the least severe one is closed, visibly', async () => {
  const { stage, tables } = await stageWith(createMemoryTables(), { openIncidentsMax: 2 })
  const severity = ['high', 'low', 'medium'] as const
  for (const [at, one] of severity.entries()) {
    await stage.observe([aFinding({ id: `f${at}`, token: tokenOf(at), severity: one })])
  }
  const states = stage.list().map(incident => `${incident.severity} ${incident.state}`)
  expect(states.sort()).toEqual(['high open', 'low resolved', 'medium open'])
  expect(tables.rows.audit()).toEqual([
    expect.objectContaining({ actor: 'system', verb: 'incident.resolved' }),
  ])
})

test('closed incidents are forgotten beyond their limit, the first closed first', async () => {
  const { stage } = await stageWith(createMemoryTables(), { closedRememberedMax: 1 })
  for (const n of [1, 2]) {
    await stage.observe([aFinding({ id: `f${n}`, token: tokenOf(n) })])
    const open = stage.list().find(({ state }) => state === 'open')
    await stage.resolve(open?.id ?? '', 'ann')
  }
  expect(stage.list().map(({ token }) => token)).toEqual([tokenOf(2)])
})

/** Two processes with one store: what both may do at a time is what the leases allow. */
async function twoStages(changes: Partial<IncidentSettings> = {}) {
  const tables = createMemoryTables()
  const inTurn = oneAtATime()
  const one = await stageWith(tables, changes, inTurn)
  const other = await stageWith(tables, changes, inTurn)
  return { one, other, tables }
}

test('two processes with findings of one token at one moment: one incident, no version twice', async () => {
  const { one, other, tables } = await twoStages()
  await Promise.all([
    one.stage.observe([aFinding({ id: 'a' }), aFinding({ id: 'b' })]),
    other.stage.observe([aFinding({ id: 'c' }), aFinding({ id: 'a' })]),
  ])
  const events = tables.rows.incidentEvents()
  expect(events.map(({ incident }) => incident.version)).toEqual([1, 2, 3])
  expect(new Set(events.map(({ incident }) => incident.id)).size).toBe(1)
  expect(events.at(-1)?.incident.findingIds.toSorted()).toEqual(['a', 'b', 'c'])
})

test('findings that another process has counted change nothing, whatever is remembered', async () => {
  const { one, other } = await twoStages({ closedRememberedMax: 0 })
  await one.stage.observe([aFinding({ id: 'a' })])
  const id = one.stage.list()[0]?.id ?? ''
  await other.stage.observe([aFinding({ id: 'a' })])
  expect(other.told).toEqual([])
  await one.stage.resolve(id, 'ann')
  await other.stage.observe([aFinding({ id: 'a' })])
  expect(other.told).toEqual([])
})

test('what a person decides in one process holds in the other, before it adds to the incident', async () => {
  const { one, other } = await twoStages()
  await one.stage.observe([aFinding({ id: 'a' })])
  const id = one.stage.list()[0]?.id ?? ''
  expect(await other.stage.resolve(id, 'ann')).toMatchObject({ ok: true })
  expect(await one.stage.acknowledge(id, 'bob')).toEqual({
    ok: false,
    reason: 'invalid_transition',
  })
  await one.stage.observe([aFinding({ id: 'b' })])
  expect(steps(one.told)).toEqual(['opened 1', 'opened 1'])

  const [second] = await other.stage.refresh()
  expect(second).toMatchObject({ state: 'open', version: 1, findingIds: ['b'] })
  expect(await other.stage.refresh()).toEqual([])
})
