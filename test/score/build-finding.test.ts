import { expect, test } from 'vitest'
import { riskOf } from '../../src/score/build-finding.ts'

test.each([
  [0, 0],
  [1.6, 23],
  [Math.log(1000), 68],
  [Math.log(1_000_000), 90],
  [1000, 100],
])('a surprise of %d nats is a risk of %d', (surprise, risk) => {
  expect(riskOf(surprise)).toBe(risk)
})
