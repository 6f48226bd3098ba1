import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { expect, test } from 'vitest'
import { decideAction } from '../../src/respond/decide-action.ts'
import { defaultPolicyText, type Policy, parsePolicy } from '../../src/respond/policy.ts'
import { anEvidence, anIncident, aTrigger } from '../support/records.ts'

const parse = (text: string) => parsePolicy(text, ['webhook'])

function policy(text: string): Policy {
  const result = parse(text)
  if (!result.ok) throw new Error(JSON.stringify(result.faults))
  return result.policy
}

const paths = (text: string) => {
  const result = parse(text)
  return result.ok ? [] : result.faults.map(({ path }) => path)
}

const rule = (match: string) => `version: 1
rules:
  - { name: r, match: ${match}, action: revoke, revoker: webhook, mode: auto }
`

test('the built-in policy revokes high-risk tokens in a dry run', () => {
  const builtIn = policy(defaultPolicyText)
  expect(builtIn).toMatchObject({ minimumDetectors: 2, caps: { actionsPerHour: 10 } })
  expect(decideAction(anIncident({ risk: 91, severity: 'high' }), builtIn)).toMatchObject({
    kind: 'revoke',
    mode: 'dry-run',
    revoker: 'webhook',
    rule: 'high-risk',
  })
  expect(decideAction(anIncident({ risk: 91, severity: 'medium' }), builtIn)).toBeUndefined()
  expect(decideAction(anIncident({ risk: 69, severity: 'high' }), builtIn)).toBeUndefined()
})

test('of a wrong policy every fault is told, with its path', () => {
  expect(
    paths(`version: 2
minimumDetectors: 0
rules:
  - { name: a, match: { riskMin: 101, severtyMin: high }, action: delete, revoker: webhook, mode: auto }
  - { name: b, match: {}, action: revoke, revoker: webhook, mode: dryrun }
  - { match: {}, action: revoke, revoker: webhook, mode: auto }
caps: { actionsPerHour: many }
`).sort(),
  ).toEqual([
    'policy.caps.actionsPerHour',
    'policy.minimumDetectors',
    'policy.rules.0.action',
    'policy.rules.0.match.riskMin',
    'policy.rules.0.match.severtyMin',
    'policy.rules.1.mode',
    'policy.rules.2',
    'policy.version',
  ])
})

test('rules name revokers that exist, and have names of their own', () => {
  const twice = `version: 1
rules:
  - { name: a, match: {}, action: revoke, revoker: kong, mode: auto }
  - { name: a, match: {}, action: revoke, revoker: webhook, mode: auto }
`
  expect(paths(twice)).toEqual(['policy.rules.0.revoker', 'policy.rules.1.name'])
})

test('what is no policy is a fault, not an exception', () => {
  const bomb = `a: &a [x, x, x, x, x, x, x, x, x]
b: &b [*a, *a, *a, *a, *a, *a, *a, *a]
c: &c [*b, *b, *b, *b, *b, *b, *b, *b]
version: *c
rules: []
`
  for (const text of ['', 'rules: [', 'version: 1\nversion: 1', '- 1', 'null', bomb]) {
    expect(parse(text).ok).toBe(false)
  }
})

test.each([
  ['{}', {}, true],
  ['{ riskMin: 90 }', { risk: 90 }, true],
  ['{ riskMin: 90 }', { risk: 89.9 }, false],
  ['{ severityMin: high }', { severity: 'critical' }, true],
  ['{ severityMin: high }', { severity: 'medium' }, false],
  ['{ detectorsAny: [probing, new-network] }', { detectors: ['x', 'new-network'] }, true],
  ['{ detectorsAny: [probing] }', { detectors: ['new-network'] }, false],
  ['{ tenants: [acme] }', { tenant: 'acme' }, true],
  ['{ tenants: [acme] }', { tenant: 'other' }, false],
  ['{ networkTypes: [tor, hosting] }', { trigger: aTrigger({ networkType: 'hosting' }) }, true],
  ['{ networkTypes: [tor] }', { trigger: aTrigger({ networkType: 'hosting' }) }, false],
  ['{}', { entity: 'address' }, false],
  ['{ entity: address }', { entity: 'address' }, true],
  ['{ tenants: [acme], riskMin: 99 }', { tenant: 'acme', risk: 98 }, false],
] as const)('the match %s of %o: %s', (match, changes, applies) => {
  const planned = decideAction(anIncident(changes), policy(rule(match)))
  expect(planned !== undefined).toBe(applies)
})

test('the first rule that applies decides', () => {
  const two = policy(`version: 1
rules:
  - { name: soft, match: { riskMin: 50 }, action: restrict, revoker: webhook, mode: auto }
  - { name: hard, match: {}, action: revoke, revoker: webhook, mode: auto }
`)
  expect(decideAction(anIncident({ risk: 60 }), two)?.rule).toBe('soft')
  expect(decideAction(anIncident({ risk: 40 }), two)?.rule).toBe('hard')
})

test('the reason says rule, risk and the strongest evidence, and the id is deterministic', () => {
  const evidence = [anEvidence({ text: 'Expected A, saw B.' })]
  const incident = anIncident({ evidence, risk: 91.4 })
  const planned = decideAction(incident, policy(rule('{}')))
  expect(planned?.reason).toBe('rule r: high, risk 91 of 100; Expected A, saw B.')
  expect(planned?.id).toMatch(/^act_[0-9a-f]{24}$/)
  expect(decideAction({ ...incident, version: 9 }, policy(rule('{}')))?.id).toBe(planned?.id)
})

test('the policy in the documentation is one', () => {
  const docs = readFileSync(resolve(import.meta.dirname, '../../docs/response.md'), 'utf8')
  const [, text = ''] = /```yaml\n([\s\S]*?)```/.exec(docs) ?? []
  expect(policy(text).rules.map(({ name }) => name)).toEqual(['honeytoken', 'stolen'])
})
