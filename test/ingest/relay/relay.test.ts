import fc from 'fast-check'
import { Value } from 'typebox/value'
import { describe, expect, test } from 'vitest'
import type { Fingerprint } from '../../../src/domain/access-event.ts'
import { PipelineError } from '../../../src/domain/pipeline-error.ts'
import type { DeadLetter } from '../../../src/domain/reject.ts'
import { deferred } from '../../../src/ingest/deferred.ts'
import type { RecordNormalizer } from '../../../src/ingest/prepare-batch.ts'
import { decodeEvent } from '../../../src/ingest/relay/event-codec.ts'
import { Relay } from '../../../src/ingest/relay/relay.ts'
import {
  partitionOf,
  type RelayMessage,
  requestsOf,
} from '../../../src/ingest/relay/relay-batch.ts'
import { RelaySettings } from '../../../src/ingest/relay/settings.ts'
import { createHealth } from '../../../src/telemetry/health.ts'
import { createLogger } from '../../../src/telemetry/logger.ts'
import { createMetrics } from '../../../src/telemetry/metrics.ts'
import { until } from '../../support/ingest.ts'
import { anEvent, tokenNamed } from '../../support/traffic.ts'

const stream = { source: 'access', partition: 0 }
const PARTITIONS = 3

/** A number is an event of the token of that number; all else is a reject. */
const normalizer: RecordNormalizer = {
  normalize({ source, partition, offset, content }, sink) {
    const position = { source, partition, offset, index: 0 }
    const number = Number(content.toString())
    if (Number.isInteger(number)) sink.event(anEvent({ ...position, token: tokenNamed(number) }))
    else {
      const fault = { reason: 'not_json', format: undefined, field: undefined, keys: [] } as const
      sink.reject({ ...position, ...fault, bytes: content.length })
    }
  },
}

/** A relay on a topic in memory that can hold back and fail. */
function aRelay(changes: Partial<RelaySettings> = {}, startAt = 0) {
  const topic = new Map<number, string[]>()
  const letters: DeadLetter[] = []
  const hooks = {
    gate: Promise.resolve(),
    /** Thrown by the next sends, of which the first has written a part. */
    failures: [] as Error[],
    letterFailures: [] as Error[],
    requests: 0,
  }
  const metrics = createMetrics()
  const health = createHealth(Date.now)
  const relay = new Relay({
    settings: {
      ...Value.Create(RelaySettings),
      ...{ topic: 'events', partitions: PARTITIONS, flushMs: 1, batchEventsMax: 10, ...changes },
    },
    normalizer,
    sender: {
      async send(request) {
        await hooks.gate
        hooks.requests += 1
        const failure = hooks.failures.shift()
        for (const [partition, messages] of request) {
          const list = topic.get(partition) ?? []
          topic.set(partition, list)
          list.push(...messages.map(textOf))
          if (failure !== undefined) throw failure
        }
      },
      close: () => Promise.resolve(),
    },
    deadLetters: {
      append(more) {
        const failure = hooks.letterFailures.shift()
        if (failure !== undefined) return Promise.reject(failure)
        letters.push(...more)
        return Promise.resolve()
      },
    },
    nextOffset: () => Promise.resolve(startAt),
    metrics,
    health,
    log: createLogger({ level: 'silent' }),
  })
  return { relay, topic, letters, hooks, health, metrics }
}

/** `offset:last digits of the token`. */
function textOf({ key, value }: RelayMessage): string {
  const decoded = decodeEvent(value, { ...stream, offset: 0, index: 0 })
  if (!decoded.ok) throw new Error(decoded.reason)
  expect(decoded.value.token).toBe(key)
  return `${decoded.value.origin?.offset}`
}

const batchOf = (from: number, ...contents: readonly (number | string)[]) => ({
  ...stream,
  receivedMs: 5,
  records: contents.map((content, at) => ({
    offset: from + at,
    content: Buffer.from(String(content)),
  })),
})

/** What the topic should hold of events at these offsets, whose tokens have the same numbers. */
const expectedOf = (numbers: readonly number[]) => {
  const byPartition = new Map<number, string[]>()
  for (const number of numbers) {
    const partition = partitionOf(tokenNamed(number), PARTITIONS)
    byPartition.set(partition, [...(byPartition.get(partition) ?? []), String(number)])
  }
  return byPartition
}

const upTo = (count: number) => Array.from({ length: count }, (_, n) => n)

describe('the relay', () => {
  test('sends events by token, in order; settles what is acknowledged', async () => {
    const { relay, topic } = aRelay()
    expect(await relay.assigned(stream)).toBe(0)
    expect(relay.settled(stream)).toBeUndefined()
    await relay.batch(batchOf(0, ...upTo(50)))
    await relay.flush()
    expect(topic).toEqual(expectedOf(upTo(50)))
    expect(relay.settled(stream)).toBe(49)
    await relay.close()
  })

  test('where a stream begins is settled, so that it is committed', async () => {
    const { relay } = aRelay({}, 500)
    expect(await relay.assigned(stream)).toBe(500)
    expect(relay.settled(stream)).toBe(499)
    await relay.close()
  })

  test('records that come again are passed over', async () => {
    const { relay, topic } = aRelay()
    await relay.assigned(stream)
    await relay.batch(batchOf(0, 0, 1, 2))
    await relay.batch(batchOf(1, 1, 2, 3))
    await relay.flush()
    expect(topic).toEqual(expectedOf(upTo(4)))
    await relay.close()
  })

  test('dead letters are stored before their records are settled', async () => {
    const { relay, letters, hooks } = aRelay()
    hooks.letterFailures.push(new PipelineError('store_unavailable', 'away'))
    await relay.assigned(stream)
    await relay.batch(batchOf(0, 0, 'nonsense', 'more'))
    expect(relay.settled(stream)).toBeUndefined()
    await relay.flush()
    expect(relay.settled(stream)).toBe(2)
    expect(letters).toMatchObject([
      { ...stream, offset: 1, receivedMs: 5, reason: 'not_json' },
      { ...stream, offset: 2, receivedMs: 5 },
    ])
    await relay.close()
  })

  test('a request that fails is sent again: nothing is missing, and nothing overtakes', async () => {
    const { relay, topic, hooks, health } = aRelay()
    hooks.failures.push(new Error('the leader is gone'))
    await relay.assigned(stream)
    const taken = relay.batch(batchOf(0, ...upTo(40)))
    await until(() => health.list().some(({ detail }) => detail === 'the leader is gone'))
    expect(health.isReady).toBe(false)
    expect(relay.settled(stream)).toBeUndefined()
    await taken
    await relay.flush()
    expect(health.isReady).toBe(true)
    for (const [partition, list] of expectedOf(upTo(40))) {
      const written = topic.get(partition) ?? []
      // First copies, in the order in which they came.
      expect([...new Set(written)]).toEqual(list)
    }
    expect(relay.settled(stream)).toBe(39)
    await relay.close()
  })

  test('while the topic takes nothing, two batches are held and reading waits', async () => {
    const { relay, hooks, metrics } = aRelay()
    const gate = deferred()
    hooks.gate = gate.promise
    await relay.assigned(stream)
    const taken = relay.batch(batchOf(0, ...upTo(100)))
    await until(() => relay.room() !== undefined)
    expect(await metrics.relayBufferedEvents.get()).toMatchObject({ values: [{ value: 10 }] })
    expect(hooks.requests).toBe(0)
    gate.resolve()
    await taken
    await relay.flush()
    expect(relay.room()).toBeUndefined()
    expect(relay.settled(stream)).toBe(99)
    await relay.close()
  })

  test('a stream that is let go sends what it has, takes no more, and may come again', async () => {
    const { relay, topic } = aRelay({ flushMs: 10_000 })
    await relay.assigned(stream)
    await relay.batch(batchOf(0, 0, 1, 2))
    await relay.revoked(stream)
    expect(topic).toEqual(expectedOf(upTo(3)))
    expect(relay.isOpen(stream)).toBe(false)
    expect(relay.settled(stream)).toBe(2) // the last commit is still to come
    await expect(relay.batch(batchOf(3, 3))).rejects.toMatchObject({ code: 'store_fenced' })
    await relay.assigned(stream)
    expect(relay.isOpen(stream)).toBe(true)
    await relay.close()
  })

  test('a close amid an outage ends whoever waits', async () => {
    const { relay, hooks } = aRelay()
    hooks.gate = new Promise(() => undefined)
    await relay.assigned(stream)
    const taken = relay.batch(batchOf(0, ...upTo(100)))
    await until(() => relay.room() !== undefined)
    await relay.close()
    await expect(taken).rejects.toThrow('closed')
    await relay.revoked(stream)
  })
})

test('a token has one partition, and tokens are spread', () => {
  const counts = new Array<number>(7).fill(0)
  for (const number of upTo(7_000)) {
    const partition = partitionOf(tokenNamed(number), 7)
    counts[partition] = (counts[partition] ?? 0) + 1
  }
  for (const count of counts) expect(count).toBeGreaterThan(800)
  expect(partitionOf('ffffffff00000000ffffffffffffffff' as Fingerprint, 12)).toBe(
    4_294_967_295 % 12,
  )
})

test('requests hold all messages of a partition, in order and within the limit', () => {
  const sizes = fc.array(fc.nat(300), { maxLength: 50 })
  fc.assert(
    fc.property(fc.array(sizes, { maxLength: 5 }), partitions => {
      const messages = new Map<number, RelayMessage[]>()
      for (const [partition, list] of partitions.entries()) {
        if (list.length === 0) continue
        messages.set(
          partition,
          list.map(size => ({ key: '', value: Buffer.alloc(size) })),
        )
      }
      const requests = requestsOf({ messages }, 500)
      for (const [partition, list] of messages) {
        expect(requests.flatMap(request => request.get(partition) ?? [])).toEqual(list)
      }
      for (const part of requests.flatMap(request => [...request.values()])) {
        const bytes = part.reduce((sum, { value }) => sum + value.length, 0)
        expect(part.length > 0 && (bytes <= 500 || part.length === 1)).toBe(true)
      }
    }),
  )
})
