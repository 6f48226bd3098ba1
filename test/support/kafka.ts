import { execFile, spawn, spawnSync } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const script = join(import.meta.dirname, 'kafka-broker/broker.sh')
const given = process.env['KAFKA_BROKERS']
const run = promisify(execFile)

/** A Kafka for tests: of their own, or the one that KAFKA_BROKERS names. */
export interface TestKafka {
  readonly brokers: string[]
  /** What only a broker of our own can do; undefined for a given one. */
  readonly own: OwnBroker | undefined
  stop(): Promise<void>
}

export interface OwnBroker {
  /** User `tokenwatch`, password `test-password`; PLAIN and SCRAM. */
  readonly saslBrokers: string[]
  readonly tlsBrokers: string[]
  /** Want a certificate of the client. */
  readonly mutualTlsBrokers: string[]
  /** Of `ca.crt`, which signed the broker's and `client.crt` (key: `client.key`), and `other-ca.crt`. */
  readonly certificateFolder: string
  /** Listens at `proxied`, and tells whoever comes in there to come by `proxy`: for a proxy of the test. */
  readonly ports: { readonly proxied: number; readonly proxy: number }
  /** SIGKILL. */
  kill(): Promise<void>
  restart(): Promise<void>
  /** Writes lines with the Java producer, whose framing differs from that of kafkajs. */
  produceByJava(topic: string, codec: string, lines: readonly string[]): Promise<void>
}

function missing(): string | undefined {
  if (given !== undefined && given !== '') return undefined
  const { status, stdout } = spawnSync(script, ['check'], { encoding: 'utf8' })
  return status === 0 ? undefined : stdout.trim()
}

const lacking = missing()

/**
 * Whether tests with Kafka are left out: on a machine without Java or Maven, and said so; in CI they
 * are never left out, they fail.
 */
export const isKafkaSkipped = lacking !== undefined && (process.env['CI'] ?? '') === ''

if (isKafkaSkipped) {
  process.stderr.write(
    `\n*** TESTS WITH KAFKA ARE SKIPPED: install ${lacking}, or set KAFKA_BROKERS. ***\n\n`,
  )
}

/** Starts a broker (about 6 s; the first time on a machine its jars are fetched), or takes the given one. */
export async function startTestKafka(): Promise<TestKafka> {
  if (given !== undefined && given !== '') {
    return { brokers: given.split(','), own: undefined, stop: () => Promise.resolve() }
  }
  if (lacking !== undefined) throw new Error(`tests with Kafka need ${lacking}, or KAFKA_BROKERS`)
  const child = spawn(script, ['run'], { stdio: ['pipe', 'pipe', 'inherit'] })
  const exited = new Promise<number | null>(resolve => child.on('exit', resolve))
  const values = await readValues(child.stdout, exited)
  const dir = values['KAFKA_DIR'] ?? ''
  const brokers = (values['KAFKA_BROKERS'] ?? '').split(',')
  return {
    brokers,
    own: {
      saslBrokers: (values['KAFKA_SASL_BROKERS'] ?? '').split(','),
      tlsBrokers: (values['KAFKA_TLS_BROKERS'] ?? '').split(','),
      mutualTlsBrokers: (values['KAFKA_MTLS_BROKERS'] ?? '').split(','),
      certificateFolder: join(dir, 'tls'),
      ports: {
        proxied: Number(values['KAFKA_PROXIED_PORT']),
        proxy: Number(values['KAFKA_PROXY_PORT']),
      },
      kill: () => run(script, ['kill', dir]).then(() => undefined),
      restart: () => run(script, ['restart', dir]).then(() => undefined),
      produceByJava: (topic, codec, lines) => produceByJava(brokers, topic, codec, lines),
    },
    async stop() {
      child.stdin.end()
      await exited
    },
  }
}

async function readValues(
  output: AsyncIterable<Buffer>,
  exited: Promise<number | null>,
): Promise<Record<string, string>> {
  let text = ''
  const read = async () => {
    for await (const chunk of output) {
      text += chunk.toString()
      if (text.includes('KAFKA_DIR=') && text.endsWith('\n')) break
    }
    return true
  }
  const isStarted = await Promise.race([read(), exited.then(() => false)])
  if (!isStarted || !text.includes('KAFKA_DIR=')) throw new Error('the broker did not start')
  return Object.fromEntries(
    text
      .trim()
      .split('\n')
      .map(line => line.split('=', 2) as [string, string]),
  )
}

async function produceByJava(
  brokers: readonly string[],
  topic: string,
  codec: string,
  lines: readonly string[],
) {
  const folder = await mkdtemp(join(tmpdir(), 'tokenwatch-produce-'))
  try {
    const file = join(folder, 'lines')
    await writeFile(file, lines.join('\n'))
    // It picks lines of the file at random.
    await run(script, [
      ...['java', 'org.apache.kafka.tools.ProducerPerformance', '--topic', topic],
      ...['--num-records', String(lines.length), '--payload-file', file, '--throughput', '-1'],
      ...[
        '--producer-props',
        `bootstrap.servers=${brokers.join(',')}`,
        `compression.type=${codec}`,
      ],
    ])
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
