import { Value } from 'typebox/value'
import { expect, test } from 'vitest'
import { clientConfig, kafkaFaults } from '../../src/ingest/kafka-client.ts'
import { IngestSettings } from '../../src/ingest/settings.ts'
import { createLogger } from '../../src/telemetry/logger.ts'

const defaults = Value.Create(IngestSettings).kafka
const working = { ...defaults, brokers: ['kafka.example.com:9092'], topics: ['access'] }
const log = createLogger({ level: 'silent' })

test('no brokers is no Kafka, and no fault', () => {
  expect(kafkaFaults(defaults)).toEqual([])
  expect(kafkaFaults(working)).toEqual([])
})

test('all faults of the settings are told at once, without the password', () => {
  const faults = kafkaFaults({
    ...working,
    topics: [],
    sasl: { mechanism: 'plain', username: '', password: 'test-password' },
    tls: { ...defaults.tls, certFile: 'client.pem' },
    heartbeatMs: 10_001,
  })
  expect(faults.map(({ path }) => path)).toEqual(['topics', 'sasl', 'tls', 'heartbeatMs'])
  expect(JSON.stringify(faults)).not.toContain('test-password')
})

test('every file that cannot be read is told', () => {
  const tls = { enabled: true, caFile: '/no/ca', certFile: '/no/cert', keyFile: '/no/key' }
  const faults = ['caFile', 'certFile', 'keyFile'].map(name => ({
    path: `ingest.kafka.tls.${name}`,
  }))
  expect(() => clientConfig({ ...working, tls }, log)).toThrow(
    expect.objectContaining({
      faults: faults.map(fault => expect.objectContaining(fault)),
    }),
  )
})

test('TLS and SASL are off unless asked for', () => {
  expect(clientConfig(working, log)).not.toHaveProperty('ssl')
  expect(clientConfig(working, log)).not.toHaveProperty('sasl')
  const tls = { ...defaults.tls, enabled: true }
  expect(clientConfig({ ...working, tls }, log)).toMatchObject({ ssl: {} })
})
