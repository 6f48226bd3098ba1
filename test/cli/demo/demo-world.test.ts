import { expect, test } from 'vitest'

import { createDemoWorld } from '../../../src/cli/demo/demo-world.ts'
import type { SimulatedCall } from '../../../src/simulate/simulated-call.ts'

const nowMs = Date.UTC(2026, 0, 29, 14, 50)
const world = createDemoWorld({ seed: 1, nowMs, pastDays: 28 })
const theftMs = nowMs + 20_000

function take(calls: Iterable<SimulatedCall>, untilMs: number): readonly SimulatedCall[] {
  const taken: SimulatedCall[] = []
  for (const call of calls) {
    if (call.tsMs >= untilMs) break
    taken.push(call)
  }
  return taken
}
const minutesMs = 60_000
const live = take(world.withTheftAt(theftMs).events(nowMs), nowMs + 10 * minutesMs)
const isStolen = ({ attackId }: SimulatedCall) => attackId !== undefined

test('the attack of the demo is the same for the same seed, and another for another', () => {
  const again = createDemoWorld({ seed: 1, nowMs, pastDays: 28 })
  const other = createDemoWorld({ seed: 2, nowMs, pastDays: 28 })
  expect(take(again.withTheftAt(theftMs).events(nowMs), nowMs + 10 * minutesMs)).toEqual(live)
  expect(other.victim.credentialId).not.toBe(world.victim.credentialId)
})

test('thief and owner use the key at the same time, from different countries and programs', () => {
  const used = live.filter(({ credentialId }) => credentialId === world.victim.credentialId)
  const thief = used.filter(isStolen)
  const owner = used.filter(call => !isStolen(call) && call.tsMs >= theftMs)
  expect(thief.length).toBeGreaterThan(300)
  expect(owner.length).toBeGreaterThan(300)
  expect(thief[0]?.tsMs).toBeLessThan(theftMs + 10_000)
  const values = (calls: readonly SimulatedCall[], key: 'country' | 'userAgent' | 'node') =>
    new Set(calls.map(call => call[key]))
  for (const key of ['country', 'userAgent'] as const) {
    expect([...values(thief, key)].filter(value => values(owner, key).has(value))).toEqual([])
  }
  expect(values(thief, 'node').size).toBe(3)
  expect(thief.some(({ path, status }) => path.startsWith('/admin') && status === 403)).toBe(true)
})

test('the theft changes nothing before it and no other call', () => {
  const benign = take(world.benign.events(nowMs), nowMs + 10 * minutesMs)
  expect(live.filter(call => !isStolen(call))).toEqual(benign)
  expect(live.filter(call => isStolen(call) && call.tsMs < theftMs)).toEqual([])
})

test('live traffic is as dense as the same minutes of the days before', () => {
  const perDay = [1, 2, 3, 4, 5, 6, 7].map(day => {
    const fromMs = nowMs - day * 86_400_000
    return take(world.benign.events(fromMs), fromMs + 10 * minutesMs).length
  })
  const today = live.filter(call => !isStolen(call)).length
  expect(today).toBeGreaterThan(0.7 * Math.min(...perDay))
  expect(today).toBeLessThan(1.3 * Math.max(...perDay))
  expect(today / 600).toBeGreaterThan(5)
})

test('the past has a size that is ingested in seconds', () => {
  let count = 0
  for (const call of world.benign.events()) {
    if (call.tsMs > nowMs) break
    count += 1
  }
  expect(count).toBeGreaterThan(100_000)
  expect(count).toBeLessThan(260_000)
}, 30_000)
