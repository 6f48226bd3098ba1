import { expect, test } from 'vitest'
import type { RegisteredToken } from '../../src/domain/registered-token.ts'
import { anEvent, aScorer, startMs } from '../support/traffic.ts'

const registered: RegisteredToken = {
  token: undefined,
  credentialId: undefined,
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
const minute = 60_000

test.each([
  ['honeytoken', { isHoneytoken: true }, {}],
  ['used-after-revocation', { revokedAtMs: startMs - 6 * minute }, {}],
  ['used-after-expiry', { expiresAtMs: startMs - 6 * minute }, {}],
  ['used-after-expiry', {}, { tokenExpiresAtMs: startMs - 6 * minute }],
])('%s is one critical alert a day from the first call', (rule, facts, changes) => {
  const { scorer, findings } = aScorer({}, { find: () => ({ ...registered, ...facts }) })
  for (let i = 0; i < 3; i++) scorer.observe(anEvent({ ts: startMs + i, ...changes }))
  expect(findings).toHaveLength(1)
  expect(findings[0]).toMatchObject({ detectors: [rule], isAlert: true, severity: 'critical' })
  expect(findings[0]?.evidence[0]?.contribution).toBeCloseTo(findings[0]?.surprise ?? 0)
})

test.each([
  ['within the grace', { revokedAtMs: startMs - 4 * minute }, {}],
  [
    'that is refused, as it should be',
    { revokedAtMs: startMs - 60 * minute },
    { status: 403, authOutcome: 'denied' as const },
  ],
])('use after revocation %s proves nothing', (_, facts, changes) => {
  const { scorer, findings } = aScorer({}, { find: () => ({ ...registered, ...facts }) })
  scorer.observe(anEvent(changes))
  expect(findings).toEqual([])
})
