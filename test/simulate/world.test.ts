import fc from 'fast-check'
import { describe, expect, test, vi } from 'vitest'

import { attackKinds } from '../../src/simulate/attacks/attack-kind.ts'
import { createWorld, gatewayNodes, type WorldOptions } from '../../src/simulate/world.ts'

// Whole worlds are drawn: a second of work, more on a machine with other work.
vi.setConfig({ testTimeout: 30_000 })

const startMs = Date.UTC(2026, 0, 5)
const dayMs = 86_400_000
const small = (over: Partial<WorldOptions> = {}): WorldOptions => ({
  seed: 1,
  tokens: 24,
  days: 3,
  startMs,
  attacks: [],
  ...over,
})
const calls = (options: WorldOptions) => [...createWorld(options).events()]
const seeds = fc.integer({ min: 0, max: 10_000 })
const few = { numRuns: 3 }

test('calls come in time order and within the world', () => {
  fc.assert(
    fc.property(seeds, fc.double({ min: 0.1, max: 2, noNaN: true }), (seed, days) => {
      let last = startMs
      for (const { tsMs } of createWorld(small({ seed, days, startMs: startMs + 1 })).events()) {
        expect(tsMs).toBeGreaterThanOrEqual(last)
        expect(tsMs).toBeLessThan(startMs + 1 + days * dayMs)
        last = tsMs
      }
    }),
    few,
  )
})

test('the same seed gives the same calls and labels, another seed others', () => {
  fc.assert(
    fc.property(seeds, seed => {
      const options = small({ seed, tokens: 12, days: 1, attacks: ['stolen-token', 'enumeration'] })
      const world = createWorld(options)
      // Compared as text: an equality of thousands of objects costs seconds.
      const text = (over: object = {}) => JSON.stringify(calls({ ...options, ...over }))
      const once = JSON.stringify([...world.events()])
      expect(JSON.stringify([...world.events()]) === once).toBe(true)
      expect(text() === once).toBe(true)
      expect(text({ seed: seed + 1 }) === once).toBe(false)
      expect(createWorld(options).labels).toEqual(world.labels)
    }),
    few,
  )
})

test('every call of an attack lies in a label of its token', () => {
  fc.assert(
    fc.property(seeds, seed => {
      const world = createWorld(
        small({ seed, tokens: 60, days: 8, volume: 0.3, attacks: attackKinds }),
      )
      const seen = new Set<string>()
      for (const { attackId, token, tsMs } of world.events()) {
        if (attackId === undefined) continue
        seen.add(attackId)
        const isLabeled = world.labels.some(
          label =>
            label.attackId === attackId &&
            label.token === token &&
            tsMs >= label.startMs &&
            tsMs < label.endMs,
        )
        if (!isLabeled) throw new Error(`a call of ${attackId} without a label`)
      }
      expect(seen.size).toBe(attackKinds.length)
    }),
    few,
  )
})

test('a benign world has no label and no call of an attack', () => {
  const world = createWorld(small())
  expect(world.labels).toEqual([])
  expect([...world.events()].filter(({ attackId }) => attackId !== undefined)).toEqual([])
  expect(world.lookAlikes.length).toBeGreaterThan(0)
})

test('an attack leaves the calls of all other tokens as they are', () => {
  const attacked = createWorld(small({ attacks: ['stolen-token'] }))
  const victims = new Set(attacked.labels.map(({ token }) => token))
  const others = [...attacked.events()].filter(({ token }) => !victims.has(token))
  expect(others).toEqual(calls(small()).filter(({ token }) => !victims.has(token)))
})

describe('attacks', () => {
  const options = small({ tokens: 60, days: 8, attacks: attackKinds })
  const world = createWorld(options)
  const events = [...world.events()]
  const victimOf = (kind: string) => {
    const label = world.labels.find(
      candidate => candidate.kind === kind && candidate.role === 'victim',
    )
    if (label === undefined) throw new Error(`no ${kind}`)
    return label
  }
  const stolenCalls = (kind: string) =>
    events.filter(({ attackId }) => attackId === victimOf(kind).attackId)

  test('a stolen token is used from networks that no owner uses, beside its owner', () => {
    const { token } = victimOf('stolen-token')
    const own = events.filter(call => call.token === token && call.attackId === undefined)
    const countries = new Set(own.map(({ country }) => country))
    for (const { country } of stolenCalls('stolen-token')) expect(countries).not.toContain(country)
    expect(stolenCalls('stolen-token').some(({ path }) => path.startsWith('/admin'))).toBe(true)
  })

  test('stuffing tries keys that the gateway does not know, then uses one that it knows', () => {
    const tries = stolenCalls('credential-stuffing').filter(
      ({ credentialId }) => credentialId === undefined,
    )
    const uses = stolenCalls('credential-stuffing').filter(
      ({ credentialId }) => credentialId !== undefined,
    )
    expect(new Set(tries.map(({ token }) => token)).size).toBeGreaterThan(20)
    expect(new Set(tries.map(({ status }) => status))).toEqual(new Set([401]))
    expect(Math.max(...tries.map(({ tsMs }) => tsMs))).toBeLessThan(
      Math.min(...uses.map(({ tsMs }) => tsMs)) + 30_000,
    )
  })

  test('a dormant token is silent for long before it wakes', () => {
    const { token, startMs: wakesMs } = victimOf('dormant-wake')
    const before = events.filter(call => call.token === token && call.tsMs < wakesMs)
    const lastMs = Math.max(...before.map(({ tsMs }) => tsMs))
    expect(wakesMs - lastMs).toBeGreaterThan(2 * dayMs)
  })

  test('a revoked token is listed as revoked before it is used again', () => {
    const { token, startMs: usedMs } = victimOf('use-after-revocation')
    const revokedAtMs = world.tokens.find(candidate => candidate.token === token)?.revokedAtMs
    expect(revokedAtMs).toBeLessThan(usedMs)
  })

  test('off-hours use happens in the small hours of the victim, where it never works', () => {
    const { token } = victimOf('off-hours')
    const hoursOf = (list: typeof events) =>
      new Set(list.map(({ tsMs }) => new Date(tsMs).getUTCHours()))
    const own = hoursOf(events.filter(call => call.token === token && call.attackId === undefined))
    for (const hour of hoursOf(stolenCalls('off-hours'))) expect(own).not.toContain(hour)
  })
})

test('a nightly synchronization runs at its time every day, whatever the other tokens do', () => {
  const job = { startMs: 23 * 3_600_000 + 58 * 60_000, durationMs: 4 * 60_000, callsPerSecond: 5 }
  const world = createWorld(small({ syncJobs: [job] }))
  const sync = world.tokens.find(({ archetype }) => archetype === 'daily-sync')
  const runs = [...world.events()].filter(({ token }) => token === sync?.token)
  const minutes = runs.map(({ tsMs }) => Math.floor((tsMs % dayMs) / 60_000))
  expect(minutes.every(minute => minute >= 1437 || minute <= 2)).toBe(true)
  // Two whole runs, and the one that the end of the world cuts after two minutes of four.
  expect(runs.length).toBeGreaterThan(2.2 * 1_200)
  expect(runs.length).toBeLessThan(2.8 * 1_200 * 1.1)
})

test('tokens are recognizable fakes, and nodes are known', () => {
  for (const { token, node } of calls(small({ days: 1 }))) {
    expect(token).toMatch(/^tw_demo_[0-9a-f]{32}$/)
    expect(gatewayNodes).toContain(node)
  }
})

test.each([
  ['a fraction as seed', { seed: 0.5 }],
  ['no token', { tokens: 0 }],
  ['no time', { days: 0 }],
  ['no start', { startMs: Number.NaN }],
  ['more attacks than victims', { tokens: 1, attacks: ['stolen-token', 'stolen-token'] as const }],
])('%s is refused', (_name, over) => {
  expect(() => createWorld(small(over))).toThrow(RangeError)
})

test('the middle of a world can be drawn without its beginning', () => {
  const world = createWorld(small({ attacks: ['stolen-token'] }))
  const fromMs = startMs + 1.6 * dayMs
  const all = [...world.events()]
  expect([...world.events(fromMs)]).toEqual(all.filter(({ tsMs }) => tsMs >= fromMs))
})
