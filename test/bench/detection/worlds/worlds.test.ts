import { describe, expect, test } from 'vitest'
import { dayMs } from '../../../support/traffic.ts'
import type { BenchWorld, Call, WorldMake } from './bench-world.ts'
import { makes } from './makes.ts'

const create = (make: WorldMake, hasAttacks: boolean) =>
  make.create({ seed: 7, tokens: 48, days: 20, hasAttacks })

const callsOf = (world: BenchWorld) => [...world.days()].flat()

/** One text of everything about the calls: comparing it is fast. */
const textOf = (calls: readonly Call[]) =>
  calls.map(({ event }) => Object.values(event).join(' ')).join('\n')

describe.each(makes)('$name', make => {
  const attacked = create(make, true)
  const calls = callsOf(attacked)

  test('the same seed gives the same calls', () => {
    expect(textOf(callsOf(create(make, true))) === textOf(calls)).toBe(true)
  })

  test('owners of tokens that are not attacked do the same in the world without attacks', () => {
    const victims = new Set(calls.flatMap(({ attack }) => attack?.token ?? []))
    const untouched = (all: readonly Call[]) =>
      all.filter(({ event: { token } }) => attacked.archetypes.has(token) && !victims.has(token))
    const clean = callsOf(create(make, false))
    expect(clean.some(({ attack }) => attack !== undefined)).toBe(false)
    expect(textOf(untouched(clean)) === textOf(untouched(calls))).toBe(true)
  })

  test('attacks come after the learning period, on tokens of the world', () => {
    const malicious = calls.filter(({ attack }) => attack !== undefined)
    expect(malicious.length).toBeGreaterThan(0)
    const learnedMs = attacked.startMs + 14 * dayMs
    const isSound = ({ event, attack }: Call) =>
      event.ts >= learnedMs && event.token === attack?.token && attacked.archetypes.has(event.token)
    expect(malicious.filter(call => !isSound(call))).toEqual([])
  })
})
