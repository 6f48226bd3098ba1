import { expect, test } from 'vitest'

import type { DemoGateway } from '../../../src/cli/demo/demo-gateway.ts'
import { createAdmission } from '../../../src/cli/demo/live-traffic.ts'
import type { SimulatedCall } from '../../../src/simulate/simulated-call.ts'
import { createWorld } from '../../../src/simulate/world.ts'

const call: SimulatedCall = (() => {
  const options = { seed: 1, tokens: 8, days: 1, startMs: Date.UTC(2026, 0, 5), attacks: [] }
  const { value } = createWorld(options).events().next()
  if (value === undefined) throw new Error('an empty world')
  return { ...value, status: 200 }
})()
const theft: SimulatedCall = { ...call, attackId: 'attack-1', ip: '198.51.100.7' }

function anAdmission(isRefused: boolean) {
  let nowMs = 1_000_000
  const gateway: DemoGateway = {
    webhookUrl: '',
    webhookSecret: '',
    slowestNodeMs: 0,
    isRevoked: () => isRefused,
    isRefused: () => isRefused,
    close: () => Promise.resolve(),
  }
  const admission = createAdmission({ gateway, seed: 1, clock: () => nowMs })
  return { admission, wait: (ms: number) => (nowMs += ms) }
}

test('a key that no node refuses is served', () => {
  const { admission } = anAdmission(false)
  expect(admission.admit(call)).toBe(call)
})

test('a refused key is answered 401, to thief and owner', () => {
  const { admission } = anAdmission(true)
  expect(admission.admit(call)).toMatchObject({ status: 401, token: call.token })
  expect(admission.admit(theft)).toMatchObject({ status: 401, ip: '198.51.100.7' })
})

test('the thief gives up after a while, the owner does not', () => {
  const { admission, wait } = anAdmission(true)
  admission.admit(call)
  wait(120_000)
  expect(admission.admit(theft)).toBeUndefined()
  expect(admission.admit(call)).toMatchObject({ status: 401 })
})

test('the owner with the new key is served under the same name, the thief is not', () => {
  const { admission } = anAdmission(true)
  admission.rotate(call.credentialId ?? '')
  const renewed = admission.admit(call)
  expect(renewed).toMatchObject({ status: 200, consumer: call.consumer })
  expect(renewed?.credentialId).not.toBe(call.credentialId)
  expect(renewed?.token).toMatch(/^tw_demo_/)
  expect(renewed?.token).not.toBe(call.token)
  expect(admission.admit(theft)).toMatchObject({ status: 401, token: call.token })
})
