import { Kafka, logLevel, Partitioners } from 'kafkajs'

const MESSAGES_PER_SEND = 500

/** Makes a topic and fills it; the key decides the partition, as a gateway's producer does it. */
export async function produce(options: {
  readonly brokers: readonly string[]
  readonly topic: string
  readonly partitions: number
  readonly messages: readonly { readonly key: string | null; readonly value: string | Buffer }[]
}): Promise<void> {
  const { brokers, topic, partitions, messages } = options
  const kafka = new Kafka({
    brokers: [...brokers],
    clientId: 'test-gateway',
    logLevel: logLevel.NOTHING,
  })
  const admin = kafka.admin()
  await admin.connect()
  await admin.createTopics({
    topics: [{ topic, numPartitions: partitions, replicationFactor: 1 }],
    waitForLeaders: true,
  })
  await admin.disconnect()
  // Else what is sent again, because a partition of a new topic had no leader yet, is there twice.
  const producer = kafka.producer({
    createPartitioner: Partitioners.DefaultPartitioner,
    idempotent: true,
    maxInFlightRequests: 1,
  })
  await producer.connect()
  for (let at = 0; at < messages.length; at += MESSAGES_PER_SEND) {
    await producer.send({ topic, messages: messages.slice(at, at + MESSAGES_PER_SEND) })
  }
  await producer.disconnect()
}
