import { expect, test } from 'vitest'
import { everyonesState, type PeerGroup } from '../../src/baseline/peer-group.ts'
import { createTokenStates } from '../../src/baseline/token-states.ts'
import { bookActiveToken, reduceByCommonCause } from '../../src/score/common-cause.ts'
import { tokenNamed } from '../support/traffic.ts'

/** What is left of six nats for each of so many tokens of a tenant of fifteen, one after the other. */
function leftFor(surprised: number): number[] {
  const peers: PeerGroup = { name: '', hash: 0, state: everyonesState() }
  const states = createTokenStates()
  for (let i = 0; i < 15; i++) bookActiveToken(peers, 20)
  return Array.from({ length: surprised }, (_, number) => {
    states.allocate({ token: tokenNamed(number), entity: 'token', tenant: 't', group: 0 })
    return reduceByCommonCause(states.cursor, [peers], { family: 0, day: 20, evidence: 6 })
  })
}

test('two tokens keep what surprised them, and from the third on it is the tenant that has changed', () => {
  const [first = 0, second = 0, third = 0, , fifth = 0] = leftFor(5)
  expect(first).toBe(6)
  expect(second).toBe(6)
  expect(third).toBeCloseTo(-Math.log((1 + 3 * Math.exp(-6)) / 17), 6)
  expect(fifth).toBeLessThan(2)
})
