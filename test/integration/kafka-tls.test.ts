import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { createMemoryStore, until } from '../support/ingest.ts'
import { isKafkaSkipped } from '../support/kafka.ts'
import { KafkaBed, pathsOf } from '../support/kafka-bed.ts'

const isBrokerGiven = (process.env['KAFKA_BROKERS'] ?? '') !== ''

let bed: KafkaBed

describe.skipIf(isKafkaSkipped || isBrokerGiven)('Kafka by TLS', () => {
  beforeAll(async () => {
    bed = await KafkaBed.open()
  })

  afterEach(() => bed.stopSources())

  afterAll(() => bed?.close())

  const file = (name: string) => join(bed.broker.own?.certificateFolder ?? '', name)
  const tls = (caName: string) => ({
    enabled: true,
    caFile: file(caName),
    certFile: '',
    keyFile: '',
  })
  const withCertificate = () => ({
    ...tls('ca.crt'),
    certFile: file('client.crt'),
    keyFile: file('client.key'),
  })

  async function newTopic() {
    const topic = await bed.newTopic(1)
    await bed.produce(topic, ['/a'], { partitions: [0] })
    return topic
  }

  test('a broker whose authority is known is read from', async () => {
    const topic = await newTopic()
    const store = createMemoryStore()
    const brokers = bed.broker.own?.tlsBrokers ?? []
    await bed.consume([topic], store, { brokers, tls: tls('ca.crt') })
    await until(() => pathsOf(store, topic).length === 1, 20_000)
  })

  test('a broker that wants a certificate gets it', async () => {
    const topic = await newTopic()
    const store = createMemoryStore()
    const brokers = bed.broker.own?.mutualTlsBrokers ?? []
    await bed.consume([topic], store, { brokers, tls: withCertificate() })
    await until(() => pathsOf(store, topic).length === 1, 20_000)
  })

  test('an authority that did not sign the broker is said to be the fault', async () => {
    const brokers = bed.broker.own?.tlsBrokers ?? []
    const store = createMemoryStore()
    const member = await bed.consume(['access'], store, { brokers, tls: tls('other-ca.crt') })
    await until(() => /certificate/.test(member.detail()), 20_000)
    expect(member.detail()).toContain('ingest.kafka.tls.caFile')
    expect(member.isHealthy()).toBe(false)
  })

  test('a broker that wants a certificate and gets none is said to be the fault', async () => {
    const brokers = bed.broker.own?.mutualTlsBrokers ?? []
    const store = createMemoryStore()
    const member = await bed.consume(['access'], store, { brokers, tls: tls('ca.crt') })
    await until(() => /certificate/.test(member.detail()), 20_000)
    expect(member.detail()).toContain('ingest.kafka.tls.certFile')
  })
})
