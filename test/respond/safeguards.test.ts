import { expect, test } from 'vitest'
import type { Action } from '../../src/domain/action.ts'
import { defaultPolicyText, type Policy, parsePolicy } from '../../src/respond/policy.ts'
import { type SafeguardFacts, safeguards } from '../../src/respond/safeguards.ts'
import { anAction, anEvidence, anIncident, tokenOf } from '../support/records.ts'

const HOUR_MS = 3_600_000
const nowMs = 100 * HOUR_MS

const twoDetectors = [anEvidence(), anEvidence({ detector: 'new-endpoint' })]

function facts(
  changes: Partial<Omit<SafeguardFacts, 'policy'>> & { policy?: Partial<Policy> } = {},
): SafeguardFacts {
  const parsed = parsePolicy(defaultPolicyText, ['webhook'])
  if (!parsed.ok) throw new Error('the default policy is wrong')
  return {
    incident: anIncident({ evidence: twoDetectors }),
    isRegisteredProtected: false,
    others: [],
    executingMax: 100,
    nowMs,
    ...changes,
    policy: { ...parsed.policy, ...changes.policy },
  }
}

const calls = (count: number, changes: Partial<Action> = {}) =>
  Array.from({ length: count }, (_, at) =>
    anAction({
      id: `a${at}`,
      state: 'succeeded',
      updatedMs: nowMs - 1_000,
      requestedMs: 0,
      ...changes,
    }),
  )

test('with enough evidence and room nothing objects', () => {
  expect(safeguards(facts())).toBeUndefined()
})

test.each([
  [{ tokens: [tokenOf(1)] }, 'the policy protects this token'],
  [{ credentialIds: ['cred-1'] }, 'the policy protects this credential'],
  [{ consumers: ['shop'] }, 'the policy protects this consumer'],
])('protected by %o', (listed, objection) => {
  const none = { tokens: [], credentialIds: [], consumers: [] }
  expect(safeguards(facts({ policy: { protected: { ...none, ...listed } } }))).toBe(objection)
})

test('the registry protects, and that is heard before anything else', () => {
  const objection = safeguards(
    facts({ isRegisteredProtected: true, incident: anIncident(), others: calls(50) }),
  )
  expect(objection).toBe('the token registry protects this token')
})

test.each([
  ['one detector', [anEvidence()], [], '1 independent detector has spoken and 2 are needed'],
  [
    'two that see the same thing',
    [anEvidence(), anEvidence({ detector: 'new-country' })],
    [],
    '1 independent detector has spoken and 2 are needed',
  ],
  [
    'a second that is hardly surprised',
    [anEvidence(), anEvidence({ detector: 'new-endpoint', surprise: 2.2 })],
    [],
    '1 independent detector has spoken and 2 are needed',
  ],
  [
    'a second that carries nothing',
    [anEvidence(), anEvidence({ detector: 'new-endpoint', contribution: 0 })],
    [],
    '1 independent detector has spoken and 2 are needed',
  ],
  ['a certain one alone', [anEvidence({ detector: 'honeytoken' })], ['honeytoken'], undefined],
] as const)('evidence: %s', (_, evidence, detectors, objection) => {
  expect(safeguards(facts({ incident: anIncident({ evidence, detectors }) }))).toBe(objection)
})

test('calls of the last hour count to the caps, of all tenants and of one', () => {
  const elsewhere = { tenant: 'other' }
  expect(safeguards(facts({ others: calls(9, elsewhere) }))).toBeUndefined()
  expect(safeguards(facts({ others: calls(10, elsewhere) }))).toMatch(/the cap is 10$/)
  expect(safeguards(facts({ others: calls(4) }))).toBeUndefined()
  expect(safeguards(facts({ others: calls(5) }))).toMatch(/for this tenant .* the cap is 5$/)
  expect(safeguards(facts({ others: calls(50, { updatedMs: nowMs - HOUR_MS }) }))).toBeUndefined()
  for (const state of ['planned', 'withheld', 'awaiting'] as const) {
    expect(safeguards(facts({ others: calls(50, { state }) }))).toBeUndefined()
  }
})

test('more under way than the limit is withheld', () => {
  const executing = calls(2, { state: 'executing', updatedMs: 0 })
  expect(safeguards(facts({ others: executing, executingMax: 3 }))).toBeUndefined()
  expect(safeguards(facts({ others: executing, executingMax: 2 }))).toBe(
    '2 actions are under way already',
  )
})

test('a flood of automatic requests opens the breaker, granted or not', () => {
  const flood = { mode: 'auto', state: 'withheld', requestedMs: nowMs - 1_000 } as const
  expect(safeguards(facts({ others: calls(29, flood) }))).toBeUndefined()
  expect(safeguards(facts({ others: calls(30, flood) }))).toMatch(/^the breaker is open: 30/)
  expect(safeguards(facts({ others: calls(30, { ...flood, mode: 'dry-run' }) }))).toBeUndefined()
})

test('failures in a row open the breaker, a success between them does not', () => {
  const policy = {
    caps: {
      actionsPerHour: 100,
      actionsPerHourPerTenant: 100,
      breakerRequestsPerHour: 100,
      breakerFailures: 3,
    },
  }
  const failures = calls(3, { state: 'failed' }).map((action, at) => ({
    ...action,
    updatedMs: nowMs - 10 * (at + 1),
  }))
  expect(safeguards(facts({ policy, others: failures }))).toMatch(/the last 3 actions failed$/)
  const success = anAction({ state: 'succeeded', updatedMs: nowMs - 15 })
  expect(safeguards(facts({ policy, others: [...failures, success] }))).toBeUndefined()
  const old = failures.map(action => ({ ...action, updatedMs: nowMs - 2 * HOUR_MS }))
  expect(safeguards(facts({ policy, others: old }))).toBeUndefined()
})
