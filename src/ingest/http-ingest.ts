import { createHash } from 'node:crypto'
import { HttpStream, type HttpStreamDeps } from './http-stream.ts'
import { faultReply, type IngestReply, type RequestFault, resultReply } from './ingest-reply.ts'
import { bytesOf } from './prepare-batch.ts'
import { createRateLimit } from './rate-limit.ts'
import { type Body, readBody } from './read-body.ts'
import type { RememberedRequest } from './request-log.ts'
import { pauseFor } from './retry.ts'

interface IngestRequest extends Body {
  /** Who sends, by its ingest key: what rate limit and idempotency keys are counted for. */
  readonly sourceName: string
  readonly idempotencyKey?: string | undefined
}

export interface HttpIngest {
  /** Opens the stream, however long the store takes; requests are answered 503 until then. */
  start(): Promise<void>
  /** Never rejects. Answers when the events are stored, or 503 when waiting has been long enough. */
  accept(request: IngestRequest): Promise<IngestReply>
  /** On their way to the store, and idempotency keys held in memory. */
  waiting(): Record<'requests' | 'records' | 'bytes' | 'keys', number>
  /** Takes no more requests, and waits for those that are there; then they are answered 503. */
  stop(deadlineMs: number): Promise<void>
}

/** Access events by HTTP: reads bodies, keeps the limits, and answers only for what is stored. */
export function createHttpIngest(deps: HttpStreamDeps): HttpIngest {
  return new Ingest(deps)
}

/** What became of a request; only a final reply is given again to a repetition. */
interface Outcome {
  readonly reply: IngestReply
  readonly isFinal: boolean
}

interface Remembered {
  readonly bodyHash: string
  readonly atMs: number
  readonly outcome: Promise<Outcome>
}

/** A request on its way to the store. */
interface Pending {
  readonly sinceMs: number
  bytes: number
  records: number
}

const REMEMBERED_MS = 24 * 3_600_000
const IDEMPOTENCY_KEY = /^[\x20-\x7e]{1,200}$/

class Ingest implements HttpIngest {
  readonly #deps: HttpStreamDeps
  readonly #stream: HttpStream
  readonly #rateLimit: ReturnType<typeof createRateLimit>
  readonly #remembered = new Map<string, Remembered>()
  readonly #pending = new Set<Pending>()
  readonly #outcomes = new Set<Promise<Outcome>>()
  readonly #givingUp = new AbortController()
  #isStopped = false

  constructor(deps: HttpStreamDeps) {
    this.#deps = deps
    this.#stream = new HttpStream(deps)
    this.#rateLimit = createRateLimit(deps.settings.recordsPerSecondMax)
  }

  start(): Promise<void> {
    return this.#stream.open()
  }

  waiting() {
    const sum = (key: 'records' | 'bytes') =>
      [...this.#pending].reduce((total, pending) => total + pending[key], 0)
    const requests = this.#pending.size
    return { requests, records: sum('records'), bytes: sum('bytes'), keys: this.#remembered.size }
  }

  accept(request: IngestRequest): Promise<IngestReply> {
    const { idempotencyKey } = request
    return idempotencyKey === undefined
      ? this.#answer(this.#track(this.#process(request)))
      : this.#acceptOnce(request, idempotencyKey)
  }

  async #acceptOnce(request: IngestRequest, idempotencyKey: string): Promise<IngestReply> {
    if (!IDEMPOTENCY_KEY.test(idempotencyKey)) return faultReply('bad_idempotency_key')
    // What stands in a header may be a secret: of the key, too, only the hash is kept.
    const key = sha256(`${request.sourceName}/${idempotencyKey}`)
    const bodyHash = sha256(request.body)
    const known = this.#recall(key)
    if (known === undefined) return this.#answer(this.#remember(key, bodyHash, request))
    return known.bodyHash === bodyHash
      ? await this.#answer(known.outcome)
      : faultReply('idempotency_key_reused')
  }

  async stop(deadlineMs: number): Promise<void> {
    this.#isStopped = true
    const done = new AbortController()
    await Promise.race([
      Promise.allSettled(this.#outcomes).then(() => done.abort()),
      pauseFor(deadlineMs, done.signal),
    ])
    this.#givingUp.abort()
    this.#stream.stop()
  }

  /** The outcome's reply, or 503 when it takes too long; the outcome itself goes on. */
  async #answer(outcome: Promise<Outcome>): Promise<IngestReply> {
    const done = new AbortController()
    const { storeWaitMs } = this.#deps.settings
    const tooLate = pauseFor(storeWaitMs, done.signal, this.#givingUp.signal).then(() =>
      this.#unavailable('store_unavailable'),
    )
    const reply = await Promise.race([outcome.then(({ reply }) => reply), tooLate])
    done.abort()
    return reply
  }

  #track(outcome: Promise<Outcome>): Promise<Outcome> {
    this.#outcomes.add(outcome)
    return outcome.finally(() => this.#outcomes.delete(outcome))
  }

  #recall(key: string): Remembered | undefined {
    const known = this.#remembered.get(key)
    return known !== undefined && this.#deps.clock() - known.atMs < REMEMBERED_MS
      ? known
      : undefined
  }

  #remember(key: string, bodyHash: string, request: IngestRequest): Promise<Outcome> {
    const outcome = this.#track(this.#lookUpOrProcess(key, bodyHash, request))
    const remembered = { bodyHash, atMs: this.#deps.clock(), outcome }
    this.#remembered.set(key, remembered)
    return outcome.then(result => {
      if (!result.isFinal && this.#remembered.get(key) === remembered) this.#remembered.delete(key)
      this.#forgetOldest()
      return result
    })
  }

  /** Keys of requests on their way are the youngest: they do not get this far. */
  #forgetOldest() {
    const excess = this.#remembered.size - this.#deps.settings.rememberedKeysMax
    const keys = this.#remembered.keys()
    for (let n = 0; n < excess - this.#outcomes.size; n++) {
      const { value: key } = keys.next()
      if (key !== undefined) this.#remembered.delete(key)
    }
  }

  async #lookUpOrProcess(key: string, bodyHash: string, request: IngestRequest): Promise<Outcome> {
    if (!this.#stream.isOpen) return this.#refused('not_ready')
    // While its key is looked up the body waits already, and counts.
    const bytes = request.body.length
    const fault = this.#overload(undefined, 0, bytes)
    if (fault !== undefined) return this.#refused(fault)
    const pending: Pending = { sinceMs: this.#deps.clock(), bytes, records: 0 }
    this.#pending.add(pending)
    let row: RememberedRequest | undefined
    try {
      row = await this.#deps.requests.find(this.#stream.stream.source, key)
    } catch (error) {
      this.#deps.log.warn({ err: error }, 'Idempotency key not looked up.')
      return this.#refused('store_unavailable')
    } finally {
      this.#pending.delete(pending)
    }
    const isKnown =
      row !== undefined &&
      this.#deps.clock() - row.atMs < REMEMBERED_MS &&
      this.#stream.isStored(row)
    if (row === undefined || !isKnown) return this.#process(request, { key, bodyHash })
    return row.bodyHash === bodyHash
      ? { reply: resultReply(row), isFinal: true }
      : { reply: faultReply('idempotency_key_reused'), isFinal: false }
  }

  /** Never rejects. */
  async #process(
    request: IngestRequest,
    identity?: Pick<RememberedRequest, 'key' | 'bodyHash'>,
  ): Promise<Outcome> {
    const { settings, clock, log } = this.#deps
    const isClosed = this.#isStopped || !this.#stream.isOpen
    const fault = isClosed ? 'not_ready' : this.#overload(undefined, 0, request.body.length)
    if (fault !== undefined) return this.#refused(fault)
    const receivedMs = clock()
    const pending: Pending = { sinceMs: receivedMs, bytes: request.body.length, records: 0 }
    this.#pending.add(pending)
    try {
      const read = await readBody(request, settings)
      if (!read.ok) return { reply: faultReply(read.reason), isFinal: false }
      const records = read.value
      const bytes = records.reduce((sum, record) => sum + bytesOf(record), 0)
      const overload = this.#overload(pending, records.length, bytes)
      if (overload !== undefined) return this.#refused(overload)
      const waitMs = this.#rateLimit.take(request.sourceName, records.length, receivedMs)
      if (waitMs > 0) return limited(waitMs)
      pending.bytes = bytes
      pending.records = records.length
      const result = await this.#stream.take(records, receivedMs, identity)
      return { reply: resultReply(result), isFinal: true }
    } catch (error) {
      log.warn({ err: error, source: request.sourceName }, 'Request not stored.')
      return this.#refused('store_unavailable')
    } finally {
      this.#pending.delete(pending)
    }
  }

  /** Why a request of this size cannot be taken beside the others now. */
  #overload(own: Pending | undefined, records: number, bytes: number): RequestFault | undefined {
    const { settings, clock } = this.#deps
    const others = [...this.#pending].filter(pending => pending !== own)
    const sum = (of: (pending: Pending) => number) =>
      others.reduce((total, pending) => total + of(pending), 0)
    const oldestMs = others[0]?.sinceMs ?? clock()
    if (clock() - oldestMs > settings.storeWaitMs) return 'store_unavailable'
    const isFull =
      others.length >= settings.requestsMax ||
      sum(pending => pending.records) + records > settings.bufferedRecordsMax ||
      sum(pending => pending.bytes) + bytes > settings.bufferedBytesMax
    // One alone may always try: its own size has limits of its own.
    return isFull && others.length > 0 ? 'overloaded' : undefined
  }

  #unavailable(fault: RequestFault): IngestReply {
    return faultReply(fault, this.#deps.settings.retryAfterSeconds)
  }

  #refused(fault: RequestFault): Outcome {
    if (fault === 'overloaded') this.#deps.metrics.queues.wasFull('http requests')
    return { reply: this.#unavailable(fault), isFinal: false }
  }
}

const sha256 = (content: string | Buffer) => createHash('sha256').update(content).digest('hex')

const limited = (waitMs: number): Outcome => ({
  reply: faultReply('rate_limited', Math.ceil(waitMs / 1_000)),
  isFinal: false,
})
