import { expect, test } from 'vitest'
import { createKeyingWatch } from '../../src/ingest/keying-watch.ts'
import { createHealth } from '../../src/telemetry/health.ts'
import { createLogger } from '../../src/telemetry/logger.ts'
import { anEvent, tokenNamed } from '../support/traffic.ts'

/** Shows events of tokens, each in the partition that the function gives for its n-th call. */
function watched(
  partitionOf: (token: number, call: number) => number,
  { tokens = 10, callsEach = 200, source = 'access', isReplayed = false } = {},
) {
  const health = createHealth(Date.now)
  const log = createLogger({ level: 'silent' })
  const watch = createKeyingWatch({ topics: ['access'], health, log })
  for (let call = 0; call < callsEach; call++) {
    for (let token = 0; token < tokens; token++) {
      const partition = partitionOf(token, call)
      const offset = call * 16
      watch.observe(anEvent({ source, partition, offset, token: tokenNamed(token) }), isReplayed)
    }
  }
  return health
}

test('a topic whose tokens are spread over its partitions is told, and takes nothing out of service', () => {
  const health = watched((token, call) => (token + call) % 4)
  expect(health.list()).toMatchObject([{ name: 'keys of access', isHealthy: false }])
  expect(health.isReady).toBe(true)
})

test('so it is with a single token', () => {
  expect(watched((_, call) => call % 2, { tokens: 1 }).list()).toHaveLength(1)
})

test.each([
  ['is keyed by token', watched(token => token % 4)],
  ['got more partitions', watched((token, call) => token % (call < 100 ? 4 : 7))],
  ['is replayed', watched((token, call) => (token + call) % 4, { isReplayed: true })],
  ['is no topic of Kafka', watched((token, call) => (token + call) % 4, { source: 'http.main' })],
])('a source that %s is not told', (_, health) => {
  expect(health.list()).toEqual([])
})
