import type { RefusedContent } from '../log-source.ts'

/** What all records of a batch have in common, under the names of kafkajs. */
export interface BatchContext {
  readonly firstOffset: string
  readonly firstTimestamp: string
  readonly partitionLeaderEpoch: number
  readonly inTransaction: boolean
  readonly isControlBatch: boolean
  readonly lastOffsetDelta: number
  readonly producerId: string
  readonly producerEpoch: number
  readonly firstSequence: number
  readonly maxTimestamp: string
  readonly timestampType: 0 | 1
  readonly magicByte: 2
}

type HeaderValue = Buffer | null
type Headers = Readonly<Record<string, HeaderValue | readonly HeaderValue[]>>

const NO_HEADERS: Headers = Object.freeze(Object.create(null))

/** A record as kafkajs hands it out. Offset and timestamp become text only where somebody reads them. */
export class DecodedRecord {
  readonly batchContext: BatchContext
  readonly attributes: number
  readonly key: Buffer | null
  readonly value: Buffer | null
  readonly headers: Headers
  /** Set where the bytes could not be read. */
  readonly refused: RefusedContent | undefined
  readonly #offset: number
  readonly #timestamp: number

  constructor(
    batchContext: BatchContext,
    position: { readonly offset: number; readonly timestamp: number },
    content: {
      readonly attributes: number
      readonly key: Buffer | null
      readonly value: Buffer | null
      readonly headers: Headers
      readonly refused: RefusedContent | undefined
    },
  ) {
    this.batchContext = batchContext
    this.attributes = content.attributes
    this.key = content.key
    this.value = content.value
    this.headers = content.headers
    this.refused = content.refused
    this.#offset = position.offset
    this.#timestamp = position.timestamp
  }

  get offset(): string {
    return String(this.#offset)
  }

  get timestamp(): string {
    return String(this.#timestamp)
  }

  /** As numbers, for who reads millions of them. */
  get position(): { readonly offset: number; readonly timestamp: number } {
    return { offset: this.#offset, timestamp: this.#timestamp }
  }

  get magicByte(): 2 {
    return 2
  }

  get isControlRecord(): boolean {
    return this.batchContext.isControlBatch
  }
}

/** Length, attributes, both deltas, key, value, headers: one byte each at least. */
const RECORD_BYTES_MIN = 7

/** Read position: of the module, because an object or a closure per record is what costs. */
let at = 0

/** Zigzag varint of up to 53 bits. Past the end it reads zeros: the caller checks the position. */
function readVarint(bytes: Buffer): number {
  let value = 0
  let scale = 1
  for (;;) {
    const byte = bytes[at++] ?? 0
    value += (byte & 127) * scale
    if (byte < 128) break
    scale *= 128
  }
  return value % 2 === 0 ? value / 2 : -(value + 1) / 2
}

function readBytes(bytes: Buffer): Buffer | null {
  const length = readVarint(bytes)
  if (length < 0) return null
  const start = at
  at += length
  if (at > bytes.length) throw new RangeError('a record goes beyond its batch')
  return bytes.subarray(start, at)
}

function readHeaders(bytes: Buffer): Headers {
  const count = readVarint(bytes)
  if (count <= 0) return NO_HEADERS
  // Without a prototype: a header named __proto__ is a name like any other.
  const headers: Record<string, HeaderValue | readonly HeaderValue[]> = Object.create(null)
  for (let n = 0; n < count; n++) {
    if (at >= bytes.length) throw new RangeError('headers go beyond their batch')
    const key = readBytes(bytes)?.toString() ?? ''
    const value = readBytes(bytes)
    const seen = headers[key]
    if (seen === undefined) headers[key] = value
    else headers[key] = Array.isArray(seen) ? [...seen, value] : [seen as HeaderValue, value]
  }
  return headers
}

export interface RecordsOfBatch {
  /** Uncompressed. Key and value are views of it: copy what is kept. */
  readonly bytes: Buffer
  readonly start: number
  readonly count: number
  readonly firstOffset: number
  readonly firstTimestamp: number
  /** Instead of the records' own, where the broker stamps them. */
  readonly appendTimestamp: number | undefined
}

/**
 * The records of a batch of message format 2. As in kafkajs, the CRC is not checked; but records have
 * to fill their batch exactly.
 *
 * @throws RangeError for a malformed batch
 * @see KIP-98, message format
 */
export function decodeRecords(context: BatchContext, batch: RecordsOfBatch): DecodedRecord[] {
  const { bytes, start, count, firstOffset, firstTimestamp, appendTimestamp } = batch
  if (count * RECORD_BYTES_MIN > bytes.length - start) throw new RangeError('too few bytes')
  at = start
  const records: DecodedRecord[] = new Array(count)
  for (let n = 0; n < count; n++) {
    const length = readVarint(bytes)
    const end = at + length
    const attributes = bytes[at++] ?? 0
    const timestampDelta = readVarint(bytes)
    const offsetDelta = readVarint(bytes)
    const key = readBytes(bytes)
    const value = readBytes(bytes)
    const headers = readHeaders(bytes)
    const isWithin = offsetDelta >= 0 && offsetDelta <= context.lastOffsetDelta
    if (at > end || end > bytes.length || !isWithin) {
      throw new RangeError(`record ${n} is malformed`)
    }
    at = end
    records[n] = new DecodedRecord(
      context,
      {
        offset: firstOffset + offsetDelta,
        timestamp: appendTimestamp ?? firstTimestamp + timestampDelta,
      },
      { attributes, key, value, headers, refused: undefined },
    )
  }
  if (at !== bytes.length) throw new RangeError(`${bytes.length - at} bytes too many`)
  return records
}

/** One record at the batch's last offset that says that the batch could not be read. */
export function undecodable(context: BatchContext, bytes: number): DecodedRecord {
  return refuse(context, context.lastOffsetDelta, { refused: 'undecodable_batch', bytes })
}

/**
 * What stands for a batch whose codec this platform lacks: a record for each of its own, so that each can
 * be read again where the codec is there. A batch with gaps does not tell which offsets it has.
 */
export function withoutCodec(
  context: BatchContext,
  { count, bytes }: { readonly count: number; readonly bytes: number },
): DecodedRecord[] {
  if (count !== context.lastOffsetDelta + 1) {
    return [refuse(context, context.lastOffsetDelta, { refused: 'missing_codec', bytes })]
  }
  const content: RefusedContent = { refused: 'missing_codec', bytes: Math.ceil(bytes / count) }
  return Array.from({ length: count }, (_, delta) => refuse(context, delta, content))
}

function refuse(context: BatchContext, offsetDelta: number, refused: RefusedContent) {
  return new DecodedRecord(
    context,
    {
      offset: Number(context.firstOffset) + offsetDelta,
      timestamp: Number(context.maxTimestamp),
    },
    { attributes: 0, key: null, value: null, headers: NO_HEADERS, refused },
  )
}
