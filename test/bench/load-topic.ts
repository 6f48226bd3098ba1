import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { Kafka, logLevel } from 'kafkajs'

const script = join(import.meta.dirname, '../support/kafka-broker/broker.sh')

/** What is to be in a topic before a benchmark begins. */
export interface TopicContent {
  readonly brokers: readonly string[]
  readonly topic: string
  readonly partitions: number
  /** `none`, `lz4`, `zstd`, `gzip` or `snappy`. */
  readonly codec: string
  /** Key and value; neither has a line break, and the key no tab. */
  readonly records: Iterable<readonly [key: string, value: string]>
}

const CHUNK_LENGTH = 262_144

/**
 * Makes a topic and fills it in order with Kafka's own console producer, several times as fast as that of
 * kafkajs. Needs the jars of the test broker.
 *
 * @throws Error when the producer fails
 */
export async function loadTopic(content: TopicContent): Promise<void> {
  const { brokers, topic, partitions, codec, records } = content
  const admin = new Kafka({ brokers: [...brokers], logLevel: logLevel.NOTHING }).admin()
  await admin.connect()
  await admin.createTopics({
    topics: [{ topic, numPartitions: partitions, replicationFactor: 1 }],
    waitForLeaders: true,
  })
  await admin.disconnect()
  const producer = spawn(
    script,
    [
      ...['java', 'org.apache.kafka.tools.ConsoleProducer', '--topic', topic],
      ...['--bootstrap-server', brokers.join(','), '--compression-codec', codec],
      ...['--reader-property', 'parse.key=true', '--batch-size', '131072', '--timeout', '20'],
      ...['--max-memory-bytes', '134217728'],
    ],
    { stdio: ['pipe', 'ignore', 'pipe'] },
  )
  let errors = ''
  producer.stderr.on('data', chunk => {
    errors += chunk
  })
  const ended = once(producer, 'close')
  await pipeline(Readable.from(chunksOf(records), { highWaterMark: 2 }), producer.stdin)
  const [status] = await ended
  if (status !== 0 || /ERROR/.test(errors)) throw new Error(`the producer failed: ${errors}`)
}

function* chunksOf(records: TopicContent['records']) {
  let chunk = ''
  for (const [key, value] of records) {
    chunk += `${key}\t${value}\n`
    if (chunk.length < CHUNK_LENGTH) continue
    yield chunk
    chunk = ''
  }
  yield chunk
}
