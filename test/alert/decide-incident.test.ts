import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decideIncident } from '../../src/alert/decide-incident.ts'
import { decideTransition } from '../../src/alert/decide-transition.ts'
import { type Finding, severities } from '../../src/domain/finding.ts'
import type { Incident } from '../../src/domain/incident.ts'
import { aFinding, anEvidence, anIncident, aTrigger, monday } from '../support/records.ts'

const HOUR_MS = 3_600_000
const options = { groupingWindowMs: 24 * HOUR_MS, atMs: monday + 60_000 }

const decided = (finding: Finding, known: readonly Incident[] = []) => {
  const event = decideIncident(finding, known, options)
  if (event === undefined) throw new Error('nothing was decided')
  return event
}

test('a first alert opens an incident that tells who and what is strange', () => {
  const evidence = [
    anEvidence({ detector: 'new-client', contribution: 1, values: ['curl/8'] }),
    anEvidence({ detector: 'new-network', contribution: 5, values: ['AS64500'] }),
  ]
  const event = decided(aFinding({ evidence, detectors: ['new-network', 'new-client'] }))
  expect(event).toMatchObject({ kind: 'opened', atMs: options.atMs })
  expect(event.id).toBe(`${event.incident.id}-1`)
  expect(event.incident).toMatchObject({
    state: 'open',
    title: 'Token sk_live_… (acme): new network AS64500, new client curl/8',
    detectors: ['new-network', 'new-client'],
    findingIds: ['finding-1'],
    openedMs: options.atMs,
    firstTs: monday,
    version: 1,
  })
})

test('an incident that began with a bare key is named by the first finding that names it', () => {
  const bare = { tokenHint: 'key_…', credentialId: undefined, consumer: undefined }
  const named = { tokenHint: 'shop', credentialId: 'cred-1', consumer: 'shop' }
  const first = decided(aFinding(bare)).incident
  const second = decided(aFinding({ id: 'f2', ...named }), [first]).incident
  expect(second).toMatchObject({ ...named, title: expect.stringMatching(/^Token shop \(/) })
  const third = decided(aFinding({ id: 'f3', ...bare }), [second]).incident
  expect(third).toMatchObject({ ...named, title: second.title })
})

test('a finding below the alert budget does nothing', () => {
  expect(decideIncident(aFinding({ isAlert: false }), [], options)).toBeUndefined()
})

test('severity and risk only rise, and the trigger is the call of the strongest finding', () => {
  const opened = decided(aFinding({ risk: 60, severity: 'medium', surprise: 8 }))
  const weaker = aFinding({ id: 'f2', risk: 40, severity: 'low', surprise: 7, ts: monday + 1 })
  const second = decided(weaker, [opened.incident])
  expect(second).toMatchObject({ kind: 'finding_added', id: `${opened.incident.id}-2` })
  expect(second.incident).toMatchObject({ risk: 60, severity: 'medium', findingCount: 2 })

  const trigger = aTrigger({ country: 'BR', ip: '198.51.100.7' })
  const worse = aFinding({ id: 'f3', risk: 95, severity: 'critical', surprise: 20, trigger })
  const third = decided(worse, [second.incident]).incident
  expect(third).toMatchObject({ risk: 95, severity: 'critical', trigger, version: 3 })
})

test.each([
  ['at the end of the window', 24 * HOUR_MS, 'finding_added'],
  ['after it', 24 * HOUR_MS + 1, 'opened'],
  ['a little before the first, from a late log', -HOUR_MS, 'finding_added'],
])('a finding %s belongs to it or not', (_, offsetMs, kind) => {
  const known = [anIncident({ findingIds: ['other'] })]
  expect(decided(aFinding({ ts: monday + offsetMs }), known).kind).toBe(kind)
})

test('a closed incident takes up nothing: what comes later opens a new one, what it counted does not', () => {
  for (const state of ['resolved', 'false_positive'] as const) {
    const known = [anIncident({ state, findingIds: ['finding-1'] })]
    expect(decideIncident(aFinding(), known, options)).toBeUndefined()
    expect(decided(aFinding({ id: 'finding-2' }), known).kind).toBe('opened')
  }
})

test('evidence is the strongest of each detector, at most twelve', () => {
  const first = decided(
    aFinding({
      evidence: Array.from({ length: 12 }, (_, at) =>
        anEvidence({ detector: `d${at}`, contribution: at }),
      ),
    }),
  ).incident
  const evidence = [
    anEvidence({ detector: 'd3', contribution: 30, text: 'stronger' }),
    anEvidence({ detector: 'd4', contribution: 0.5, text: 'weaker' }),
    anEvidence({ detector: 'new', contribution: 20 }),
  ]
  const after = decided(aFinding({ id: 'f2', evidence }), [first]).incident.evidence
  expect(after.map(({ detector }) => detector).slice(0, 3)).toEqual(['d3', 'new', 'd11'])
  expect(after).toHaveLength(12)
  expect(after.map(({ text }) => text)).not.toContain('weaker')
})

const anyFinding = fc
  .record({
    number: fc.nat(600),
    hours: fc.nat(60),
    risk: fc.integer({ min: 0, max: 100 }),
    severity: fc.constantFrom(...severities),
  })
  .map(({ number, hours, risk, severity }) =>
    aFinding({ id: `f${number}`, ts: monday + hours * HOUR_MS, risk, severity }),
  )

function fold(findings: readonly Finding[], known: readonly Incident[] = []) {
  const incidents = new Map(known.map(incident => [incident.id, incident]))
  for (const finding of findings) {
    const event = decideIncident(finding, [...incidents.values()], options)
    if (event !== undefined) incidents.set(event.incident.id, event.incident)
  }
  return [...incidents.values()]
}

test('findings that are replayed, in any order, create nothing twice', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(anyFinding, { selector: ({ id }) => id, maxLength: 400, minLength: 1 }),
      fc.infiniteStream(fc.nat()),
      (findings, order) => {
        const once = fold(findings)
        const again = findings
          .map(finding => ({ finding, key: order.next().value ?? 0 }))
          .sort((one, other) => one.key - other.key)
          .map(({ finding }) => finding)
        expect(fold(again, once)).toEqual(once)
      },
    ),
    { numRuns: 30 },
  )
})

test('more than 200 findings of one incident are counted, and none of them twice', () => {
  const findings = Array.from({ length: 250 }, (_, at) =>
    aFinding({ id: `f${at}`, ts: monday + at * 1_000 }),
  )
  const once = fold(findings)
  expect(once).toHaveLength(1)
  expect(once[0]).toMatchObject({ findingCount: 250 })
  expect(once[0]?.findingIds).toHaveLength(200)
  expect(fold(findings, once)).toEqual(once)
})

test.each([
  ['open', 'acknowledged', true],
  ['open', 'resolved', true],
  ['open', 'false_positive', true],
  ['acknowledged', 'acknowledged', false],
  ['acknowledged', 'resolved', true],
  ['acknowledged', 'false_positive', true],
  ['resolved', 'acknowledged', false],
  ['resolved', 'false_positive', false],
  ['false_positive', 'resolved', false],
] as const)('from %s to %s: %s', (state, to, isAllowed) => {
  const by = { actor: 'ann', note: 'a trip', atMs: monday + 5 }
  const decision = decideTransition(anIncident({ state, version: 4 }), to, by)
  expect(decision.ok).toBe(isAllowed)
  if (!decision.ok) return
  expect(decision.value).toMatchObject({ kind: to, id: 'incident-1-5', atMs: monday + 5 })
  expect(decision.value.incident).toMatchObject({
    state: to,
    actor: 'ann',
    note: 'a trip',
    version: 5,
  })
})
