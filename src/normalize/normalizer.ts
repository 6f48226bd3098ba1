import type { AccessEvent } from '../domain/access-event.ts'
import type { TokenRegistry } from '../domain/registered-token.ts'
import type { Reject, RejectReason } from '../domain/reject.ts'
import type { Stream } from '../domain/source-position.ts'
import { createEventBuilder, type EventBuilder } from './build-event.ts'
import { createDraft } from './draft.ts'
import { createFingerprinter } from './fingerprint.ts'
import type { Format, JsonObject } from './format.ts'
import { createFormatLocks, type FormatCount } from './format-locks.ts'
import { formats as allFormats } from './formats/index.ts'
import { keyNamesOf } from './key-names.ts'
import type { NetworkLookup } from './network-lookup.ts'
import { type CallVisitor, createRecordReader } from './record-reader.ts'
import type { NormalizeSettings } from './settings.ts'

export type { NetworkLookup } from './network-lookup.ts'

/** Already parsed, for instance an element of a posted array. */
interface ParsedRecord {
  readonly value: unknown
  readonly bytes: number
}

/** One record of a source, as it came. */
export interface RawRecord extends Stream {
  readonly offset: number
  /** When it arrived, ms since epoch: the clock of this stage. */
  readonly receivedMs: number
  readonly content: Buffer | string | ParsedRecord
}

import { createRouteTable } from './route-table.ts'

/** Where the results of one record go, in order. */
export interface NormalizeSink {
  event(event: AccessEvent): void
  reject(reject: Reject): void
}

export interface Normalizer {
  /** Never throws. One record may give several events (arrays, envelopes), each with its index. */
  normalize(record: RawRecord, sink: NormalizeSink): void
  /** Formats seen so far per source, with counts. */
  formats(): readonly FormatCount[]
  /** Routes and sources that are told apart, and how many may be. */
  limits(): Record<'routes' | 'routesMax' | 'sources' | 'sourcesMax', number>
}

/**
 * Makes the normalizer: gateway records in, access events or rejects out. Pure but for its caches.
 *
 * @throws OperatorError when `settings.trustedProxies` holds what is no network
 * @throws RangeError when the fingerprint key is shorter than 16 bytes
 */
export function createNormalizer(deps: {
  readonly fingerprintKey: Buffer
  readonly networks: NetworkLookup
  readonly registry?: TokenRegistry
  readonly settings: NormalizeSettings
}): Normalizer {
  const { fingerprintKey, networks, registry, settings } = deps
  const fingerprints = createFingerprinter(fingerprintKey, settings.cacheEntriesMax)
  const routes = createRouteTable(settings.routesMax)
  const build = createEventBuilder({
    ...{ fingerprints, fingerprintKey, networks, registry, settings, routes },
  })
  const locks = createFormatLocks(allFormats, settings.formatLockRecords)
  const reader = createRecordReader(locks, settings)
  const visitor = createVisitor(build)

  return {
    normalize(record, sink) {
      const { content, source } = record
      const bytes = byteLength(content)
      visitor.begin(record, bytes, sink)
      if (bytes > settings.recordBytesMax) visitor.reject('record_too_long')
      else if (typeof content === 'string') reader.readText(source, content, 0, visitor)
      else if (Buffer.isBuffer(content)) reader.readText(source, content.toString(), 0, visitor)
      else reader.readValue(source, content.value, 0, visitor)
    },
    formats: locks.counts,
    limits: () => ({
      ...{ routes: routes.size, routesMax: routes.sizeMax },
      ...{ sources: locks.sources, sourcesMax: locks.sourcesMax },
    }),
  }
}

/** Numbers the results of one record and hands them on; one visitor serves all records. */
function createVisitor(build: EventBuilder) {
  let record: RawRecord
  let sink: NormalizeSink
  let bytes = 0
  let count = 0

  function rejectCall(fault: Pick<Reject, 'reason' | 'format' | 'field' | 'keys'>): void {
    const { source, partition, offset } = record
    const index = count
    count += 1
    sink.reject({ source, partition, offset, index, ...fault, bytes })
  }

  return {
    begin(next: RawRecord, nextBytes: number, nextSink: NormalizeSink): void {
      record = next
      bytes = nextBytes
      sink = nextSink
      count = 0
    },
    get count() {
      return count
    },
    reject(reason: RejectReason, value?: unknown): void {
      rejectCall({ reason, format: undefined, field: undefined, keys: keyNamesOf(value) })
    },
    call(format: Format, value: JsonObject | string): void {
      const draft = createDraft()
      if (format.kind === 'text') format.read(String(value), draft)
      else if (typeof value !== 'string') format.read(value, draft)
      const event = build(draft, record, count)
      if (event === undefined) {
        const { faultReason: reason = 'wrong_type', faultField: field } = draft
        rejectCall({ reason, format: format.id, field, keys: keyNamesOf(value) })
      } else {
        count += 1
        sink.event(event)
      }
    },
  } satisfies CallVisitor & Record<'begin', unknown>
}

function byteLength(content: RawRecord['content']): number {
  if (typeof content === 'string') return Buffer.byteLength(content)
  return Buffer.isBuffer(content) ? content.length : content.bytes
}
