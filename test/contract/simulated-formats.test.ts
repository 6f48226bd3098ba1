import { Value } from 'typebox/value'
import { expect, test } from 'vitest'

import type { AccessEvent } from '../../src/domain/access-event.ts'
import type { Reject } from '../../src/domain/reject.ts'
import { createNormalizer } from '../../src/normalize/normalizer.ts'
import { NormalizeSettings } from '../../src/normalize/settings.ts'
import { logFormats } from '../../src/simulate/formats/formats.ts'
import type { SimulatedCall } from '../../src/simulate/simulated-call.ts'
import { createWorld } from '../../src/simulate/world.ts'

const world = createWorld({
  seed: 1,
  tokens: 20,
  days: 1,
  startMs: Date.UTC(2026, 0, 5),
  attacks: ['stolen-token', 'credential-stuffing'],
})
const calls = [...world.events()]

function readBack(format: string) {
  const { [format]: render } = logFormats
  const events: AccessEvent[] = []
  const rejects: Reject[] = []
  const normalizer = createNormalizer({
    fingerprintKey: Buffer.alloc(32, 1),
    networks: { find: () => ({ asn: 0, country: '', networkType: 'unknown' }) },
    settings: Value.Parse(NormalizeSettings, Value.Default(NormalizeSettings, {})),
  })
  const sink = {
    event: (event: AccessEvent) => void events.push(event),
    reject: (reject: Reject) => void rejects.push(reject),
  }
  for (const [offset, call] of calls.entries()) {
    const content = render?.(call) ?? ''
    normalizer.normalize(
      { source: 'simulated', partition: 0, offset, receivedMs: call.tsMs, content },
      sink,
    )
  }
  expect(normalizer.formats().map(({ records }) => records)).toEqual([calls.length])
  expect(rejects).toEqual([])
  return events
}

/** What every format carries; nothing else of an event is looked at. */
const common = (from: AccessEvent | SimulatedCall) => {
  const { ip, method, path, status, bytesOut, userAgent } = from
  return { ip, method, path, status, bytesOut, userAgent }
}
const rich = (from: AccessEvent | SimulatedCall) => {
  const { credentialId, consumer, application, tenant, node, latencyMs, bytesIn, host } = from
  return {
    ...common(from),
    credentialId,
    consumer,
    application,
    tenant,
    node,
    latencyMs,
    bytesIn,
    host,
  }
}

/** Kong does not say whose key it was that it refused. */
const asKongTells = (call: SimulatedCall): SimulatedCall =>
  call.status === 401
    ? { ...call, credentialId: undefined, consumer: undefined, application: undefined }
    : call

test.each([
  ['kong', asKongTells],
  ['tokenwatch', (call: SimulatedCall) => call],
])('%s is read back as it was meant, without a raw key', (format, asTold) => {
  const events = readBack(format)
  expect(events.map(rich)).toEqual(calls.map(asTold).map(rich))
  expect(events.map(({ ts }) => ts)).toEqual(calls.map(({ tsMs }) => tsMs))
  expect(JSON.stringify(events)).not.toMatch(/tw_demo_[0-9a-f]{32}/)
})

test('nginx is read back to the second', () => {
  const events = readBack('nginx')
  expect(events.map(common)).toEqual(calls.map(common))
  expect(events.map(({ ts }) => ts)).toEqual(
    calls.map(({ tsMs }) => Math.floor(tsMs / 1000) * 1000),
  )
})

test('Kong’s clear keys are noted as leaks', () => {
  expect(readBack('kong').every(({ leaks }) => leaks.includes('header.apikey'))).toBe(true)
})
