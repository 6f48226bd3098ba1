import { expect, test } from 'vitest'
import type { Fingerprint } from '../../src/domain/access-event.ts'
import { parseRegisteredToken } from '../../src/normalize/parse-registered-token.ts'
import { createTokenRegistry } from '../../src/normalize/token-registry.ts'

const hash = (raw: string) => `hash-of-${raw.length}` as Fingerprint
const parse = (value: unknown) => parseRegisteredToken(JSON.stringify(value), hash)

test('a full line becomes an entry, the raw token only its fingerprint', () => {
  const result = parse({
    token: 'sk_live_abc',
    credentialId: 'cred-1',
    owner: 'billing team',
    tenant: 'acme',
    scopes: 'read write',
    issuedAt: '2026-01-01T00:00:00Z',
    revokedAt: 1_767_312_000_000,
    protected: true,
  })
  expect(result).toMatchObject({
    ok: true,
    value: {
      token: 'hash-of-11',
      credentialId: 'cred-1',
      scopes: ['read', 'write'],
      issuedAtMs: 1_767_225_600_000,
      revokedAtMs: 1_767_312_000_000,
      isProtected: true,
      isHoneytoken: false,
    },
  })
  expect(JSON.stringify(result)).not.toContain('sk_live_abc')
})

test.each([
  ['nothing to find it by', { owner: 'x' }, 'missing_credential'],
  ['a number for a name', { credentialId: 7 }, 'wrong_type'],
  ['a date that is none', { credentialId: 'c', expiresAt: 'soon' }, 'bad_time'],
  ['a misspelled field', { credentialId: 'c', revoked_at: '2026-01-01' }, 'unknown_field'],
  ['a list', [1], 'not_an_object'],
])('%s is refused', (_, value, reason) => {
  expect(parse(value)).toEqual({ ok: false, reason })
})

test('a token is found by fingerprint first, then by credential id; later entries win', () => {
  const one = parse({ credentialId: 'cred-1', tenant: 'old' })
  const two = parse({ credentialId: 'cred-1', tenant: 'new' })
  if (!one.ok || !two.ok) throw new Error('both lines are valid')
  const registry = createTokenRegistry([one.value, two.value])
  expect(registry.find('nobody' as Fingerprint, 'cred-1')?.tenant).toBe('new')
  expect(registry.find('nobody' as Fingerprint, undefined)).toBeUndefined()
  expect(registry.size).toBe(1)
})
