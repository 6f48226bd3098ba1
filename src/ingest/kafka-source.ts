import { OperatorError } from '../domain/operator-error.ts'
import type { PipelineError } from '../domain/pipeline-error.ts'
import type { Stream } from '../domain/source-position.ts'
import type { Health } from '../telemetry/health.ts'
import type { Logger } from '../telemetry/logger.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import { explainKafkaError } from './explain-kafka-error.ts'
import { clientConfig, createAssigners, kafkaFaults } from './kafka-client.ts'
import { ConsumerLost } from './kafka-consumer-lost.ts'
import { loadKafkajs } from './kafka-patches/load-kafkajs.ts'
import { KafkaSession, type KafkaSessionDeps } from './kafka-session.ts'
import type { KafkaSettings } from './kafka-settings.ts'
import { type LogSource, type StreamHandler, streamKey } from './log-source.ts'
import { backOffMs, pauseFor, within } from './retry.ts'

export interface KafkaSourceDeps {
  readonly settings: KafkaSettings
  readonly metrics: Metrics
  readonly health: Health
  readonly log: Logger
  readonly clock: () => number
  /** Longest that stopping waits for what was read, and what was learned of it, to be stored, ms. */
  readonly drainMs: number
  /** Its name in the health report; where there are several each needs its own. */
  readonly name?: string
}

/** Longest that stopping waits for the group to let go, ms. */
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
  readonly #committed = new Map<string, number>()
  readonly #resets = new Set<string>()
  /** How many partitions each topic had when it was first seen. */
  readonly #partitions = new Map<string, number>()
  readonly #name: string
  #handler: StreamHandler | undefined
  #session: KafkaSession | undefined
  #running: Promise<void> = Promise.resolve()
  #isPaused = false
  #attempt = 0

  constructor(deps: KafkaSourceDeps) {
    this.#deps = deps
    this.#name = deps.name ?? 'kafka'
  }

  async start(handler: StreamHandler): Promise<void> {
    const { settings, log, health } = this.#deps
    this.#handler = handler
    const kafkajs = await loadKafkajs(settings)
    const config = clientConfig(settings, log)
    const assigners = createAssigners(kafkajs, settings)
    health.set(this.#name, false, 'connecting')
    this.#running = this.#supervise(
      () => ({ kafka: new kafkajs.Kafka(config), assigners }),
      handler,
    )
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
    await within(this.#deps.drainMs, Promise.allSettled(drained))
    this.#session?.end()
    await within(LEAVE_MS, this.#running)
  }

  async #supervise(
    createClient: () => Pick<KafkaSessionDeps, 'kafka' | 'assigners'>,
    handler: StreamHandler,
  ): Promise<void> {
    const { signal } = this.#stopping
    while (!signal.aborted) {
      const session = new KafkaSession({
        ...this.#deps,
        ...createClient(),
        handler,
        held: this.#held,
        committed: this.#committed,
        isAdded: (stream, partitions) => this.#isAdded(stream, partitions),
        onJoin: streams => this.#joined(streams),
        onReset: (stream, error) => this.#reset(stream, error),
        onLost: (stream, records) => this.#lost(stream, records),
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

  #joined(streams: readonly Stream[]) {
    this.#attempt = 0
    const ours = new Set(streams.map(streamKey))
    for (const key of this.#resets) if (!ours.has(key)) this.#resets.delete(key)
    if (this.#resets.size > 0) return
    this.#deps.health.set(this.#name, true, `reads ${streams.length} partitions`)
  }

  #isAdded({ source, partition }: Stream, partitions: number): boolean {
    const first = this.#partitions.get(source) ?? partitions
    this.#partitions.set(source, first)
    return partition >= first
  }

  async #backOff(error: unknown) {
    const { health, log, metrics, settings } = this.#deps
    const { signal } = this.#stopping
    if (signal.aborted) return
    const problem = explainKafkaError(error)
    health.set(this.#name, false, problem)
    const reason = error instanceof ConsumerLost ? error.reason : 'crashed'
    metrics.consumerRebuilds.inc({ reason })
    const delayMs = backOffMs(this.#attempt, settings.rebuildMsMax, Math.random())
    this.#attempt += 1
    log.warn({ err: error, problem, reason, delayMs }, 'Kafka consumer ended, building it anew.')
    await pauseFor(delayMs, signal)
  }

  /** Not read on, and not taken for new: going on at 0 would look like events that are stored. */
  #reset(stream: Stream, error: PipelineError) {
    this.#resets.add(streamKey(stream))
    this.#deps.health.set(this.#name, false, error.message)
    this.#deps.log.error(
      { ...stream, err: error },
      'A topic was made anew: see "Stuck consumer" in docs/operations.md.',
    )
  }
  /** Over when it is told: it stays in the report, but is no reason to take the process out of service. */
  #lost(stream: Stream, records: number) {
    const detail = `${records} of ${streamKey(stream)} were deleted before they were read`
    this.#deps.health.set(`${this.#name} retention`, false, detail)
  }
}
