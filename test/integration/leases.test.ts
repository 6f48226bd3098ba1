import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createLeases } from '../../src/store/leases.ts'
import { eventually, startTestStore, type TestStore } from '../support/clickhouse.ts'

let started: TestStore
beforeAll(async () => {
  started = await startTestStore()
})
afterAll(() => started.close())

/** As another process has them. */
const leases = () => createLeases(started.store, { isSoleUser: false, random: Math.random })

test('of several processes only one at a time does work of one name', async () => {
  let inside = 0
  let most = 0
  let done = 0
  const work = async () => {
    inside += 1
    most = Math.max(most, inside)
    await pause(5)
    inside -= 1
    done += 1
  }
  const processes = [leases(), leases(), leases()]
  await Promise.all(
    processes.flatMap(one => Array.from({ length: 5 }, () => one.exclusively('work', work))),
  )
  expect({ most, done }).toEqual({ most: 1, done: 15 })
})

test('work that fails, or that nobody ends, holds nobody up for long', async () => {
  const [one, other] = [leases(), leases()]
  await expect(one.exclusively('fails', () => Promise.reject(new Error('no')))).rejects.toThrow(
    'no',
  )
  expect(await other.exclusively('fails', () => Promise.resolve('done'))).toBe('done')
})

test('a lease is held against others, renewed by its holder, and over when its time is', async () => {
  const [one, other] = [leases(), leases()]
  expect(await one.tryHold('digest', 60_000)).toBe(true)
  expect(await other.tryHold('digest', 60_000)).toBe(false)
  expect(await one.tryHold('digest', 300)).toBe(true)
  await eventually(() => other.tryHold('digest', 60_000))
  expect(await one.tryHold('digest', 60_000)).toBe(false)
})

test('a process lives for the others from its first sign of life until it leaves', async () => {
  const [one, other] = [leases(), leases()]
  await one.announce()
  expect(await other.living()).toEqual(new Set([one.holder, other.holder]))
  await one.leave()
  expect(await other.living()).toEqual(new Set([other.holder]))
})

test('to a process that is alone everything is free, and nothing is asked of the store', async () => {
  const alone = createLeases(started.store, { isSoleUser: true, random: Math.random })
  await alone.announce()
  expect(await alone.tryHold('digest', 60_000)).toBe(true)
  expect(await alone.living()).toEqual(new Set([alone.holder]))
  expect(await leases().living()).not.toContain(alone.holder)
})
