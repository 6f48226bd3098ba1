import { readFileSync } from 'node:fs'
import type { ConnectionOptions } from 'node:tls'
import type { ConsumerConfig, KafkaConfig, LogEntry, PartitionAssigner, SASLOptions } from 'kafkajs'
import { type Fault, OperatorError } from '../domain/operator-error.ts'
import type { Stream } from '../domain/source-position.ts'
import type { Logger } from '../telemetry/logger.ts'
import { type GroupHooks, withHooks } from './kafka-patches/group-hooks.ts'
import type { Kafkajs } from './kafka-patches/load-kafkajs.ts'
import type { KafkaSettings } from './kafka-settings.ts'
import { type Claim, stickyAssigner } from './sticky-assigner.ts'

/** What the schema cannot tell of the settings, with paths below `ingest.kafka`. */
export function kafkaFaults(settings: KafkaSettings): readonly Fault[] {
  const { brokers, topics, sasl, tls, heartbeatMs, sessionTimeoutMs } = settings
  if (brokers.length === 0) return []
  const checks: readonly (Fault & { readonly isWrong: boolean })[] = [
    {
      isWrong: topics.length === 0,
      path: 'topics',
      problem: 'is empty while brokers are set',
      remedy: 'Name the topics with access logs.',
    },
    {
      isWrong: topics.includes(settings.deadLetterTopic),
      path: 'deadLetterTopic',
      problem: 'is one of the topics that are read',
      remedy: 'Give dead letters a topic of their own.',
    },
    {
      isWrong: sasl.mechanism !== 'none' && (sasl.username === '' || sasl.password === ''),
      path: 'sasl',
      problem: `${sasl.mechanism} needs a username and a password`,
      remedy: 'Set ingest.kafka.sasl.username and ingest.kafka.sasl.password.',
    },
    {
      isWrong: (tls.certFile === '') !== (tls.keyFile === ''),
      path: 'tls',
      problem: 'a client certificate needs both certFile and keyFile',
      remedy: 'Set both or neither.',
    },
    {
      isWrong: heartbeatMs * 3 > sessionTimeoutMs,
      path: 'heartbeatMs',
      problem: `is more than a third of sessionTimeoutMs (${sessionTimeoutMs})`,
      remedy: 'Lower it, or raise ingest.kafka.sessionTimeoutMs.',
    },
  ]
  const faults = checks.filter(({ isWrong }) => isWrong)
  return faults.map(({ path, problem, remedy }) => ({ path, problem, remedy }))
}

/**
 * The connection's settings in the words of kafkajs.
 *
 * @throws OperatorError when a PEM file cannot be read
 */
export function clientConfig(settings: KafkaSettings, log: Logger): KafkaConfig {
  const { brokers, clientId, sasl, tls } = settings
  const { mechanism, username, password } = sasl
  return {
    brokers: [...brokers],
    clientId,
    connectionTimeout: 3_000,
    // Short: whoever waits longer is built anew, with a line in the log and in the health report.
    retry: { retries: 3, initialRetryTime: 200, maxRetryTime: 3_000 },
    ...(tls.enabled && { ssl: tlsOptions(tls) }),
    ...(mechanism !== 'none' && { sasl: { mechanism, username, password } as SASLOptions }),
    // At debug level: what matters of it comes again as an error, in our words.
    logCreator: () => entry => logEntry(entry, log),
  }
}

/** The consumer's settings in the words of kafkajs. */
export function consumerConfig(settings: KafkaSettings): ConsumerConfig {
  return {
    groupId: settings.groupId,
    sessionTimeout: settings.sessionTimeoutMs,
    rebalanceTimeout: Math.max(60_000, settings.sessionTimeoutMs),
    heartbeatInterval: settings.heartbeatMs,
    metadataMaxAge: settings.metadataMs,
    maxBytes: settings.fetchBytesMax,
    maxBytesPerPartition: settings.fetchPartitionBytesMax,
    minBytes: settings.fetchBytesMin,
    maxWaitTimeInMs: settings.fetchWaitMs,
    allowAutoTopicCreation: false,
    readUncommitted: false,
    // Never started again by itself: a consumer that is built anew is told to the operator.
    retry: { retries: 3, restartOnFailure: () => Promise.resolve(false) },
  }
}

/** What a consumer says and does as a member of its group. */
interface Membership {
  claim(): Claim
  beforeJoin(): Promise<void>
  onOutOfRange(stream: Stream): void
}

export type Assigners = (membership: Membership) => PartitionAssigner[]

/** The ways to share partitions out, best first, with the group's workarounds as the settings have them. */
export function createAssigners(
  { AssignerProtocol, PartitionAssigners: { roundRobin } }: Kafkajs,
  settings: KafkaSettings,
): Assigners {
  const { isAssignmentSticky, isFlushedBeforeJoin, isRangeHandled } = settings
  return ({ claim, beforeJoin, onOutOfRange }) => {
    const hooks: GroupHooks = {
      beforeJoin: isFlushedBeforeJoin ? beforeJoin : undefined,
      onOutOfRange: isRangeHandled ? onOutOfRange : undefined,
    }
    // The second is what a process of before the first knows.
    const known = isAssignmentSticky
      ? [stickyAssigner(AssignerProtocol, claim), roundRobin]
      : [roundRobin]
    return known.map(assigner => withHooks(assigner, hooks))
  }
}

function logEntry({ namespace, label, log: { message } }: LogEntry, log: Logger) {
  if (log.isLevelEnabled('debug')) log.debug({ namespace, label, message }, 'kafkajs says.')
}

function tlsOptions(tls: KafkaSettings['tls']): ConnectionOptions {
  const faults: Fault[] = []
  const read = (name: 'caFile' | 'certFile' | 'keyFile') => {
    if (tls[name] === '') return undefined
    try {
      return readFileSync(tls[name])
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error'
      faults.push({
        path: `ingest.kafka.tls.${name}`,
        problem: `${tls[name]} cannot be read (${code})`,
        remedy: 'Give the path of a PEM file that this user may read.',
      })
      return undefined
    }
  }
  const [ca, cert, key] = [read('caFile'), read('certFile'), read('keyFile')]
  if (faults.length > 0) throw new OperatorError(faults)
  return {
    ...(ca !== undefined && { ca }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
  }
}
