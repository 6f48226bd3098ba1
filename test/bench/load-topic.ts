import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
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

type NewTopic = Omit<TopicContent, 'records'>

/** Kafka's own console producer, on a topic that it makes. */
export interface TopicProducer {
  /** Lines of key, tab, value. Resolves when there is room for more. */
  write(lines: string): Promise<void>
  /**
   * Resolves when all is in the topic.
   *
   * @throws Error when the producer has failed
   */
  end(): Promise<void>
}

/** Several times as fast as the producer of kafkajs. Needs the jars of the test broker. */
export async function startProducer(of: NewTopic): Promise<TopicProducer> {
  const { brokers, topic, partitions, codec } = of
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
  return {
    async write(lines) {
      if (!producer.stdin.write(lines)) await once(producer.stdin, 'drain')
    },
    async end() {
      producer.stdin.end()
      const [status] = await ended
      if (status !== 0 || /ERROR/.test(errors)) throw new Error(`the producer failed: ${errors}`)
    },
  }
}

/**
 * Makes a topic and fills it in order.
 *
 * @throws Error when the producer fails
 */
export async function loadTopic(content: TopicContent): Promise<void> {
  const producer = await startProducer(content)
  for (const chunk of chunksOf(content.records)) await producer.write(chunk)
  await producer.end()
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
