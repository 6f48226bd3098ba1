import { randomUUID } from 'node:crypto'
import { Value } from 'typebox/value'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { DeadLetter } from '../../src/domain/reject.ts'
import { createDeadLetterTopic, WAITING_MAX } from '../../src/ingest/dead-letter-topic.ts'
import { KafkaSettings } from '../../src/ingest/kafka-settings.ts'
import { createHealth } from '../../src/telemetry/health.ts'
import { createLogger } from '../../src/telemetry/logger.ts'
import { createMetrics } from '../../src/telemetry/metrics.ts'
import { isKafkaSkipped } from '../support/kafka.ts'
import { KafkaBed, metricOf } from '../support/kafka-bed.ts'

let bed: KafkaBed

const aLetter = (offset: number): DeadLetter => ({
  ...{ source: 'access', partition: 3, offset, index: 0, reason: 'missing_time' },
  ...{
    format: 'kong',
    field: 'ts',
    keys: ['request.uri'],
    bytes: 12,
    receivedMs: 1_709_546_400_000,
  },
})

/** Letters of the topic, in order. */
async function readLetters(topic: string, count: number): Promise<unknown[]> {
  const consumer = bed.kafka.consumer({ groupId: `letters-${randomUUID()}` })
  const letters: unknown[] = []
  await consumer.connect()
  await consumer.subscribe({ topic, fromBeginning: true })
  await consumer.run({
    eachMessage: ({ message }) => {
      letters.push(JSON.parse(String(message.value)))
      return Promise.resolve()
    },
  })
  await expect.poll(() => letters.length, { timeout: 20_000 }).toBeGreaterThanOrEqual(count)
  await consumer.disconnect()
  return letters
}

function open(deadLetterTopic: string) {
  const metrics = createMetrics()
  const health = createHealth(Date.now)
  const settings: KafkaSettings = {
    ...Value.Create(KafkaSettings),
    brokers: bed.broker.brokers,
    deadLetterTopic,
    rebuildMsMax: 200,
  }
  const log = createLogger({ level: process.env['TEST_LOG_LEVEL'] ?? 'silent' })
  const topic = createDeadLetterTopic({ settings, metrics, health, log })
  const isHealthy = () => health.list().find(({ name }) => name === 'dead-letter topic')?.isHealthy
  return { topic, metrics, health, isHealthy }
}

describe.skipIf(isKafkaSkipped)('a topic of dead letters', () => {
  beforeAll(async () => {
    bed = await KafkaBed.open()
  })

  afterAll(() => bed?.close())

  test('has each letter, when it was told', async () => {
    const name = await bed.newTopic(1)
    const { topic, metrics } = open(name)
    await topic.tell([aLetter(1), aLetter(2)])
    await topic.tell([aLetter(3)])
    await topic.close()
    expect(await readLetters(name, 3)).toEqual([aLetter(1), aLetter(2), aLetter(3)])
    expect(await metricOf(metrics.deadLettersUntold)).toBe(0)
  })

  test('that is away holds nothing up, takes what waited when it is there, and counts the rest', async () => {
    const name = `letters-${randomUUID()}`
    const { topic, metrics, health, isHealthy } = open(name)
    await topic.tell([aLetter(1)])
    await expect.poll(isHealthy, { timeout: 20_000 }).toBe(false)
    expect(health.isReady).toBe(true)
    const many = Array.from({ length: WAITING_MAX + 4 }, (_, n) => aLetter(n + 2))
    const startedMs = performance.now()
    await topic.tell(many)
    expect(performance.now() - startedMs).toBeLessThan(1_000)
    expect(await metricOf(metrics.deadLettersUntold)).toBe(5)
    await bed.newTopic(1, name)
    await expect.poll(isHealthy, { timeout: 20_000 }).toBe(true)
    const letters = await readLetters(name, WAITING_MAX)
    expect(letters.at(-1)).toEqual(aLetter(WAITING_MAX))
    await topic.close()
    expect(await metricOf(metrics.deadLettersUntold)).toBe(5)
  })

  test('that is away at the end: what still waits is counted', async () => {
    const { topic, metrics } = open(`letters-${randomUUID()}`)
    await topic.tell([aLetter(1), aLetter(2)])
    await topic.close()
    expect(await metricOf(metrics.deadLettersUntold)).toBe(2)
  })
})
