import type { AccessEvent, Fingerprint } from '../../src/domain/access-event.ts'
import type { Finding } from '../../src/domain/finding.ts'
import { PipelineError } from '../../src/domain/pipeline-error.ts'
import type { DeadLetter } from '../../src/domain/reject.ts'
import type { Stream } from '../../src/domain/source-position.ts'
import type { BaselineSnapshot } from '../../src/domain/token-baseline.ts'
import type { StreamScorer } from '../../src/ingest/active-stream.ts'
import { streamKey } from '../../src/ingest/log-source.ts'
import type { RecordNormalizer } from '../../src/ingest/prepare-batch.ts'
import type { SharedLimits } from '../../src/ingest/share-limits.ts'
import { createStreamPipeline } from '../../src/ingest/stream-pipeline.ts'
import type { EventStream } from '../../src/ingest/stream-writer.ts'
import { createHealth } from '../../src/telemetry/health.ts'
import { createLogger } from '../../src/telemetry/logger.ts'
import { createMetrics } from '../../src/telemetry/metrics.ts'
import { aFinding } from './records.ts'

/** An event in which only position, time and path matter. */
export function ingestEvent(position: Stream & { offset: number; index: number }, path: string) {
  return {
    ...position,
    ts: 1_709_546_400_000 + position.offset,
    token: 'a'.repeat(32) as Fingerprint,
    path,
  } as unknown as AccessEvent
}

/** `{"path": "/x"}` is an event, an array several, all else a reject; fails once at `/once-thrown`. */
function createLineNormalizer(): RecordNormalizer {
  const thrown = new Set<number>()
  return {
    normalize({ source, partition, offset, content }, sink) {
      for (const [index, item] of parseItems(content).entries()) {
        if (item?.path === '/once-thrown' && !thrown.has(offset)) {
          thrown.add(offset)
          throw new TypeError('thrown')
        }
        if (typeof item?.path === 'string') {
          sink.event(ingestEvent({ source, partition, offset, index }, item.path))
          continue
        }
        sink.reject({
          ...{ source, partition, offset, index },
          ...{ reason: 'not_json', format: undefined, field: 'path', keys: [] },
          bytes: content.length,
        })
      }
    },
  }
}

type Item = { readonly path?: unknown } | null | undefined

function parseItems(content: Buffer): readonly Item[] {
  try {
    const value = JSON.parse(content.toString()) as Item | readonly Item[]
    return Array.isArray(value) ? value : [value as Item]
  } catch {
    return [undefined]
  }
}

interface ListedEvents {
  readonly rows: number
  readonly events: readonly AccessEvent[]
}

/** Streams in memory, with owners and fences as the real store has them. */
export function createMemoryStore() {
  const events = new Map<string, AccessEvent[]>()
  const owners = new Map<string, symbol>()
  const store = {
    /** Sizes of the inserts, in order. */
    inserts: [] as number[],
    /** Thrown by the next appends. */
    failure: undefined as unknown,
    /** Appends wait for it. */
    gate: Promise.resolve(),
    of: (stream: Stream): readonly AccessEvent[] => events.get(streamKey(stream)) ?? [],
    open(stream: Stream, { signal }: { signal: AbortSignal }): Promise<EventStream<ListedEvents>> {
      const key = streamKey(stream)
      const owner = Symbol(key)
      owners.set(key, owner)
      const stored = events.get(key) ?? []
      events.set(key, stored)
      return Promise.resolve({
        stream,
        get watermark() {
          return stored.at(-1)?.offset ?? -1
        },
        encode(rows) {
          if (rows.some(({ path }) => path === '/unencodable'))
            throw new RangeError('no such value')
          return { rows: rows.length, events: [...rows] }
        },
        async append(blocks) {
          const rows = blocks.flatMap(block => block.events)
          await unlessAborted(store.gate, signal)
          if (store.failure !== undefined) throw store.failure
          if (owners.get(key) !== owner) throw new PipelineError('store_fenced', 'fenced')
          store.inserts.push(rows.length)
          stored.push(...rows)
        },
        async *replay(after) {
          await Promise.resolve()
          yield stored.filter(({ offset }) => offset > after)
        },
        // The highest one of each is the last: they come in order.
        origins: () => Promise.resolve(stored.flatMap(({ origin }) => origin ?? [])),
        close: () => Promise.resolve(),
      })
    },
  }
  return store
}

async function unlessAborted(work: Promise<void>, signal: AbortSignal): Promise<void> {
  let abort: () => void = () => undefined
  const aborted = new Promise<never>((_, reject) => {
    abort = () => reject(signal.reason)
    signal.addEventListener('abort', abort)
  })
  try {
    await Promise.race([work, aborted])
  } finally {
    signal.removeEventListener('abort', abort)
  }
}

/** Raises an alert for each event whose path is `/alarm`, a lesser finding for `/odd`, fails on `/poison`; its state is the list of what it has seen. */
function createListScorer(onFinding: (finding: Finding) => void, asked: (boolean | undefined)[]) {
  let seen: string[] = []
  const scorer: StreamScorer & { seen(): readonly string[] } = {
    seen: () => seen,
    observe(event) {
      if (event.path === '/poison') throw new RangeError('cannot be scored')
      seen.push(`${event.offset}.${event.index}`)
      if (event.path !== '/alarm' && event.path !== '/odd') return
      const { source, partition, offset, index } = event
      const isAlert = event.path === '/alarm'
      onFinding(aFinding({ id: `finding-${offset}`, isAlert, source, partition, offset, index }))
    },
    snapshot: options => {
      asked.push(options?.all)
      return {
        scorerVersion: 'test',
        takenMs: 0,
        tokens: [{ seen: [...seen] }],
        population: {},
      }
    },
    restore: ({ tokens }) => {
      seen = [...((tokens[0]?.['seen'] ?? []) as string[])]
    },
  }
  return scorer
}

/** A pipeline on parts in memory. A second one on the same `store` is a process that took over. */
export function createTestPipeline(
  store = createMemoryStore(),
  snapshots = new Map<string, BaselineSnapshot>(),
  limits: Partial<SharedLimits> = {},
) {
  const delivered: string[] = []
  const letters: DeadLetter[] = []
  const observed: number[] = []
  const health = createHealth(Date.now)
  const metrics = createMetrics()
  const hooks = {
    deliver: (): Promise<void> => Promise.resolve(),
    save: (): Promise<void> => Promise.resolve(),
  }
  /** Whether all was asked for, of each snapshot that was asked for. */
  const snapshotsAsked: (boolean | undefined)[] = []
  const pipeline = createStreamPipeline({
    normalizer: createLineNormalizer(),
    createScorer: onFinding => createListScorer(onFinding, snapshotsAsked),
    observers: [{ observe: event => observed.push(event.offset) }],
    openEventStream: store.open,
    loadSnapshot: stream => Promise.resolve(snapshots.get(streamKey(stream))),
    async saveSnapshot(snapshot) {
      await hooks.save()
      snapshots.set(streamKey(snapshot.stream), snapshot)
    },
    deadLetters: {
      append(more) {
        letters.push(...more)
        return Promise.resolve()
      },
    },
    async deliverFindings(findings) {
      await hooks.deliver()
      delivered.push(...findings.map(({ id }) => id))
    },
    limits: {
      ...{ batchRowsMax: 4, batchBytesMax: 1_048_576, bufferedBytesMax: 1_048_576 },
      ...{ flushMs: 5, alertFlushMs: 5 },
      ...limits,
    },
    metrics,
    health,
    log: createLogger({ level: process.env['TEST_LOG_LEVEL'] ?? 'silent' }),
    clock: Date.now,
  })
  return {
    pipeline,
    /** What the stream's scorer has seen; nothing when it is not ours. */
    scored: (stream: Stream): readonly string[] =>
      pipeline
        .scorers()
        .find(([of]) => streamKey(of) === streamKey(stream))?.[1]
        .seen() ?? [],
    snapshotsAsked,
    store,
    snapshots,
    delivered,
    letters,
    observed,
    health,
    metrics,
    hooks,
  }
}

/** Waits until it holds. */
export async function until(holds: () => boolean, deadlineMs = 5_000): Promise<void> {
  const endMs = Date.now() + deadlineMs
  while (!holds()) {
    if (Date.now() > endMs) throw new Error('the condition did not come to hold in time')
    await new Promise(resolve => setTimeout(resolve, 5))
  }
}
