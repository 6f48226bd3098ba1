import { expect, test } from 'vitest'
import { withNames } from '../../src/score/facts.ts'
import { anEvent } from '../support/traffic.ts'

const names = {
  tokenHint: 'shop',
  credentialId: 'cred-1',
  consumer: 'shop',
  application: 'checkout',
}
const none = { credentialId: undefined, consumer: undefined, application: undefined }

test('a refused call that carries the key alone borrows the names of an earlier call', () => {
  const refused = { ...anEvent(), ...none, tokenHint: 'key_…', ip: '203.0.113.9', status: 401 }
  const served = { ...anEvent(), ...names }
  expect(withNames(refused, served)).toEqual({ ...refused, ...names })
})

test('a call with names of its own keeps them, and so does one that nobody can name', () => {
  const served = { ...anEvent(), ...names }
  const other = { ...anEvent(), ...names, tokenHint: 'another' }
  const unnamed = { ...anEvent(), ...none }
  expect(withNames(served, other)).toBe(served)
  expect(withNames(unnamed, { ...unnamed, tokenHint: 'other' })).toBe(unnamed)
})
