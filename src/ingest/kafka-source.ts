import { OperatorError } from '../domain/operator-error.ts'
import type { PipelineError } from '../domain/pipeline-error.ts'
import type { Stream } from '../domain/source-position.ts'
import type { Health } from '../telemetry/health.ts'
import type { Logger } from '../telemetry/logger.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import { clientConfig, kafkaFaults } from './kafka-client.ts'
import { loadKafkajs } from './kafka-patches/load-kafkajs.ts'
import { KafkaSession, type KafkaSessionDeps } from './kafka-session.ts'
import { type LogSource, type StreamHandler, streamKey } from './log-source.ts'
import { backOffMs, pauseFor } from './retry.ts'
import type { KafkaSettings } from './settings.ts'

export interface KafkaSourceDeps {
  readonly settings: KafkaSettings
  readonly metrics: Metrics
  readonly health: Health
  readonly log: Logger
  readonly clock: () => number
}

const DEPENDENCY = 'kafka'
/** Longest that stopping waits for what was read to be stored, then for the group to let go, ms. */
const DRAIN_MS = 2_000
const LEAVE_MS = 2_000

/**
 * Access logs from Kafka, as a member of a consumer group. Connects for as long as it takes, and
 * builds the consumer anew when it crashes or falls silent.
 *
 * @throws OperatorError when the settings do not fit together
 */
export function createKafkaSource(deps: KafkaSourceDeps): LogSource {
  const faults = kafkaFaults(deps.settings)
  if (faults.length > 0) {
    throw new OperatorError(faults.map(fault => ({ ...fault, path: `ingest.kafka.${fault.path}` })))
  }
  return new KafkaSource(deps)
}

class KafkaSource implements LogSource {
  readonly #deps: KafkaSourceDeps
  readonly #stopping = new AbortController()
  /** Streams that the handler holds for us, whichever session assigned them. */
  readonly #held = new Map<string, Stream>()
  readonly #resets = new Set<string>()
  #handler: StreamHandler | undefined
  #session: KafkaSession | undefined
  #running: Promise<void> = Promise.resolve()
  #isPaused = false
  #attempt = 0

  constructor(deps: KafkaSourceDeps) {
    this.#deps = deps
  }

  async start(handler: StreamHandler): Promise<void> {
    const { settings, log, health } = this.#deps
    this.#handler = handler
    const { Kafka } = await loadKafkajs(settings)
    const config = clientConfig(settings, log)
    health.set(DEPENDENCY, false, 'connecting')
    this.#running = this.#supervise(() => new Kafka(config), handler)
  }

  pause() {
    this.#isPaused = true
    this.#session?.pause()
  }

  resume() {
    this.#isPaused = false
    this.#session?.resume()
  }

  async stop(): Promise<void> {
    this.pause()
    this.#stopping.abort()
    const handler = this.#handler
    // Before leaving the group: whoever takes the streams over then has nothing to read again.
    const drained = [...this.#held.values()].map(stream => handler?.revoked(stream))
    await within(DRAIN_MS, Promise.allSettled(drained))
    this.#session?.end()
    await within(LEAVE_MS, this.#running)
  }

  async #supervise(
    createClient: () => KafkaSessionDeps['kafka'],
    handler: StreamHandler,
  ): Promise<void> {
    const { signal } = this.#stopping
    while (!signal.aborted) {
      const session = new KafkaSession({
        ...this.#deps,
        kafka: createClient(),
        handler,
        held: this.#held,
        onJoin: streams => this.#joined(streams),
        onReset: (stream, error) => this.#reset(stream, error),
      })
      this.#session = session
      if (this.#isPaused) session.pause()
      try {
        await session.run()
      } catch (error) {
        await this.#backOff(error)
      }
    }
  }

  #joined(streams: number) {
    this.#attempt = 0
    if (this.#resets.size > 0) return
    this.#deps.health.set(DEPENDENCY, true, `reads ${streams} partitions`)
  }

  async #backOff(error: unknown) {
    const { health, log, settings } = this.#deps
    const { signal } = this.#stopping
    if (signal.aborted) return
    const message = error instanceof Error ? error.message.slice(0, 200) : 'unknown error'
    health.set(DEPENDENCY, false, message)
    const delayMs = backOffMs(this.#attempt, settings.rebuildMsMax, Math.random())
    this.#attempt += 1
    log.warn({ err: error, delayMs }, 'Kafka consumer ended, building it anew.')
    await pauseFor(delayMs, signal)
  }

  /** Not read on, and not taken for new: going on at 0 would look like events that are stored. */
  #reset(stream: Stream, error: PipelineError) {
    this.#resets.add(streamKey(stream))
    this.#deps.health.set(DEPENDENCY, false, error.message)
    this.#deps.log.error(
      { ...stream, err: error },
      'A topic was made anew: see "Stuck consumer" in docs/operations.md.',
    )
  }
}

async function within(ms: number, work: Promise<unknown>): Promise<void> {
  const done = new AbortController()
  await Promise.race([work, pauseFor(ms, done.signal)])
  done.abort()
}
