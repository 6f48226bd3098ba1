import { expect, test } from 'vitest'
import { distinctObjects, sketchObject } from '../../src/baseline/object-sketch.ts'
import { createTokenStates } from '../../src/baseline/token-states.ts'
import { mixBits } from '../../src/lib/mix-bits.ts'
import { tokenNamed } from '../support/traffic.ts'

test.each([1, 20, 100, 2000, 50_000])('%d distinct objects, each seen three times', count => {
  const states = createTokenStates()
  states.allocate({ token: tokenNamed(1), entity: 'token', tenant: 'default', group: 0 })
  for (let i = 0; i < 3 * count; i++) sketchObject(states.cursor, mixBits((i % count) + 1))
  // Three standard errors of 64 registers; linear counting is better below 160.
  const error = Math.abs(distinctObjects(states.cursor) / count - 1)
  expect(error).toBeLessThan(count <= 100 ? 0.25 : 0.39)
})
