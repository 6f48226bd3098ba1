import type { Producer } from 'kafkajs'
import type { DeadLetter } from '../domain/reject.ts'
import type { Health } from '../telemetry/health.ts'
import type { Logger } from '../telemetry/logger.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import { deferred } from './deferred.ts'
import { explainKafkaError } from './explain-kafka-error.ts'
import { clientConfig } from './kafka-client.ts'
import { loadKafkajs } from './kafka-patches/load-kafkajs.ts'
import type { KafkaSettings } from './kafka-settings.ts'
import { backOffMs, pauseFor, within } from './retry.ts'

export interface DeadLetterTopicDeps {
  /** With a `deadLetterTopic`. */
  readonly settings: KafkaSettings
  readonly metrics: Metrics
  readonly health: Health
  readonly log: Logger
}

/** Tells the topic of dead letters that are stored. */
export interface DeadLetterTopic {
  /** Resolves when the topic has them, or when they have waited long enough; never fails. */
  tell(letters: readonly DeadLetter[]): Promise<void>
  close(): Promise<void>
}

interface Waiting {
  readonly letter: DeadLetter
  readonly told: ReturnType<typeof deferred>
}

const NAME = 'dead-letter topic'
/** Letters that may wait for the topic; further ones are counted as untold. */
export const WAITING_MAX = 10_000
/** Longest that ingestion waits for them, ms; not at all while the topic is known to be away. */
const TELL_MS_MAX = 2_000
const CLOSE_MS_MAX = 2_000
const LETTERS_PER_SEND = 500

/**
 * Dead letters as JSON in a topic: position, reason, names of keys and bytes, never a value. At least once
 * while the process lives; the table of the store is the truth, and holds what could not be told here.
 */
export function createDeadLetterTopic(deps: DeadLetterTopicDeps): DeadLetterTopic {
  return new KafkaDeadLetters(deps)
}

class KafkaDeadLetters implements DeadLetterTopic {
  readonly #deps: DeadLetterTopicDeps
  readonly #closing = new AbortController()
  #waiting: Waiting[] = []
  #sending: Promise<void> | undefined
  #producer: Producer | undefined
  #attempt = 0

  constructor(deps: DeadLetterTopicDeps) {
    this.#deps = deps
  }

  async tell(letters: readonly DeadLetter[]): Promise<void> {
    const room = Math.max(0, WAITING_MAX - this.#waiting.length)
    const { deadLettersUntold } = this.#deps.metrics
    if (letters.length > room) deadLettersUntold.inc(letters.length - room)
    const added = letters.slice(0, room).map(letter => ({ letter, told: deferred() }))
    this.#waiting.push(...added)
    this.#sending ??= this.#sendAll().finally(() => {
      this.#sending = undefined
    })
    if (this.#attempt > 0) return
    await within(TELL_MS_MAX, Promise.all(added.map(({ told }) => told.promise)))
  }

  async close(): Promise<void> {
    if (this.#sending !== undefined) await within(CLOSE_MS_MAX, this.#sending)
    this.#closing.abort()
    this.#deps.metrics.deadLettersUntold.inc(this.#waiting.length)
    await within(CLOSE_MS_MAX, this.#renew())
  }

  async #sendAll() {
    const { signal } = this.#closing
    while (this.#waiting.length > 0 && !signal.aborted) {
      const part = this.#waiting.slice(0, LETTERS_PER_SEND)
      try {
        await this.#send(part.map(({ letter }) => letter))
        this.#waiting = this.#waiting.slice(part.length)
        for (const { told } of part) told.resolve()
        this.#attempt = 0
        this.#deps.health.set(NAME, true, 'written')
      } catch (error) {
        await this.#fail(error, signal)
      }
    }
  }

  async #send(letters: readonly DeadLetter[]) {
    const { settings } = this.#deps
    this.#producer ??= await this.#connect()
    await this.#producer.send({
      topic: settings.deadLetterTopic,
      messages: letters.map(letter => ({
        key: `${letter.source}/${letter.partition}`,
        value: JSON.stringify(letter),
      })),
    })
  }

  /** A producer of its own: one that has met a deleted topic fails with every other one too. */
  async #connect(): Promise<Producer> {
    const { settings, log } = this.#deps
    const { Kafka, Partitioners } = await loadKafkajs(settings)
    const producer = new Kafka(clientConfig(settings, log)).producer({
      createPartitioner: Partitioners.DefaultPartitioner,
      allowAutoTopicCreation: false,
    })
    await producer.connect()
    return producer
  }

  async #fail(error: unknown, signal: AbortSignal) {
    const { health, log, settings } = this.#deps
    health.set(NAME, false, explainKafkaError(error))
    const delayMs = backOffMs(this.#attempt, settings.rebuildMsMax, Math.random())
    this.#attempt += 1
    log.warn({ err: error, delayMs, waiting: this.#waiting.length }, 'Dead letters not told.')
    await this.#renew()
    await pauseFor(delayMs, signal)
  }

  async #renew() {
    const producer = this.#producer
    this.#producer = undefined
    await producer?.disconnect().catch(() => undefined)
  }
}
