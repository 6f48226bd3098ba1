import type { Kafka } from 'kafkajs'
import type { Health } from '../../telemetry/health.ts'
import type { Logger } from '../../telemetry/logger.ts'
import { clientConfig } from '../kafka-client.ts'
import { loadKafkajs } from '../kafka-patches/load-kafkajs.ts'
import type { KafkaSettings } from '../kafka-settings.ts'
import type { LogSource } from '../log-source.ts'
import { backOffMs, pauseFor } from '../retry.ts'
import { ensureInternalTopic, InternalTopicError } from './internal-topic.ts'
import type { RelaySettings } from './settings.ts'

export interface TopicFirstDeps {
  readonly kafka: KafkaSettings
  readonly relay: RelaySettings
  /** Whether the topic must have the partitions of the settings: for whoever writes to it. */
  readonly mustFit: boolean
  readonly health: Health
  readonly log: Logger
}

const DEPENDENCY = 'internal topic'

/** A source that begins when the internal topic is there, for as long as that may take. */
export function topicFirst(source: LogSource, deps: TopicFirstDeps): LogSource {
  const stopping = new AbortController()
  let starting: Promise<void> = Promise.resolve()
  return {
    start(handler) {
      deps.health.set(DEPENDENCY, false, 'connecting')
      starting = untilReady(deps, stopping.signal).then(async () => {
        if (!stopping.signal.aborted) await source.start(handler)
      })
      // Only a fault of the program ends it: what can be waited for is waited for.
      starting.catch((error: unknown) => {
        deps.health.set(DEPENDENCY, false, 'not begun: see the log')
        deps.log.error({ err: error }, 'The internal topic is not read.')
      })
      return Promise.resolve()
    },
    pause: () => source.pause(),
    resume: () => source.resume(),
    async stop() {
      stopping.abort()
      await starting.catch(() => undefined)
      await source.stop()
    },
  }
}

async function untilReady(deps: TopicFirstDeps, signal: AbortSignal): Promise<void> {
  const { kafka, relay, health, log } = deps
  for (let attempt = 0; !signal.aborted; attempt++) {
    try {
      await ensureOnce(deps)
      health.set(DEPENDENCY, true, 'is there')
      return
    } catch (error) {
      const message = error instanceof Error ? error.message.slice(0, 300) : 'unknown error'
      health.set(DEPENDENCY, false, message)
      const delayMs = backOffMs(attempt, kafka.rebuildMsMax, Math.random())
      const topic = { topic: relay.topic, delayMs }
      if (error instanceof InternalTopicError) log.error({ ...topic, err: error }, NOT_USABLE)
      else log.warn({ ...topic, err: error }, 'Internal topic not there, trying again.')
      await pauseFor(delayMs, signal)
    }
  }
}

const NOT_USABLE =
  'The internal topic cannot be used: see "Topics that are not keyed by token" in docs/operations.md.'

async function ensureOnce({ kafka, relay, mustFit, log }: TopicFirstDeps): Promise<void> {
  const { Kafka } = await loadKafkajs(kafka)
  const client: Kafka = new Kafka(clientConfig(kafka, log))
  const admin = client.admin()
  try {
    await admin.connect()
    await ensureInternalTopic(admin, relay, { mustFit })
  } finally {
    await admin.disconnect()
  }
}
