import type { RejectReason } from '../domain/reject.ts'
import type { Format, JsonObject } from './format.ts'
import type { createFormatLocks } from './format-locks.ts'
import { isDeeperThan } from './json-depth.ts'
import { objectOf } from './raw-value.ts'
import type { NormalizeSettings } from './settings.ts'

/** What one record turned out to hold; `value` goes with a reject for its key names. */
export interface CallVisitor {
  call(format: Format, value: JsonObject | string): void
  reject(reason: RejectReason, value?: unknown): void
  /** Calls and rejects so far. */
  readonly count: number
}

/** Wrappers that shippers put around a line: the field holds the record. */
const wrapperFields = ['raw', 'log', 'message', 'body'] as const

/**
 * Finds the calls in one record: text or JSON, alone, in arrays, in the wrappers of log shippers, one
 * in the other to a bounded depth. Never throws.
 */
export function createRecordReader(
  locks: ReturnType<typeof createFormatLocks>,
  settings: NormalizeSettings,
) {
  const { envelopeDepthMax, recordsPerEnvelopeMax, jsonDepthMax } = settings

  function readValue(source: string, value: unknown, depth: number, visitor: CallVisitor): void {
    if (Array.isArray(value)) readList(source, value, depth, visitor)
    else if (typeof value === 'string') readText(source, value, depth, visitor)
    else readObject(source, value, depth, visitor)
  }

  function readList(
    source: string,
    list: readonly unknown[],
    depth: number,
    visitor: CallVisitor,
  ): void {
    if (list.length === 0) visitor.reject('empty_record')
    else if (depth >= envelopeDepthMax) visitor.reject('too_deep')
    else {
      for (const element of list) {
        if (isFull(visitor)) return
        readValue(source, element, depth + 1, visitor)
      }
    }
  }

  /** The rest of a list that is too long is told once and not read. */
  function isFull(visitor: CallVisitor): boolean {
    if (visitor.count === recordsPerEnvelopeMax) visitor.reject('too_many_records')
    return visitor.count > recordsPerEnvelopeMax
  }

  function readObject(
    source: string,
    value: unknown,
    depth: number,
    visitor: CallVisitor,
    json = '',
  ): void {
    const record = objectOf(value)
    if (record === undefined) visitor.reject('wrong_type')
    else readRecord(source, record, depth, visitor, json)
  }

  function readRecord(
    source: string,
    record: JsonObject,
    depth: number,
    visitor: CallVisitor,
    json: string,
  ): void {
    const format = locks.ofRecord(source, record)
    if (format !== undefined) {
      visitor.call(format, record)
      return
    }
    const wrapped = wrappedIn(record)
    // Only what no format knows is searched for depth: formats read fixed places, however deep the rest.
    const isTooDeep =
      wrapped === undefined ? isDeeperThan(json, jsonDepthMax) : depth >= envelopeDepthMax
    if (isTooDeep) visitor.reject('too_deep', record)
    else if (wrapped === undefined) visitor.reject('unknown_format', record)
    else readText(source, wrapped, depth + 1, visitor)
  }

  function readText(source: string, raw: string, depth: number, visitor: CallVisitor): void {
    const text = withoutMark(raw).trim()
    const value = /^[[{]/.test(text) ? parseJson(text) : undefined
    if (text === '') visitor.reject('empty_record')
    else if (Array.isArray(value)) readList(source, value, depth, visitor)
    else if (value !== undefined) readObject(source, value, depth, visitor, text)
    else readLine(source, text, visitor)
  }

  function readLine(source: string, line: string, visitor: CallVisitor): void {
    const format = locks.ofLine(source, line)
    if (format !== undefined) visitor.call(format, line)
    else if (isBinary(line)) visitor.reject('not_text')
    else visitor.reject(isScalar(line) ? 'wrong_type' : 'not_json')
  }

  return { readText, readValue }
}

function wrappedIn(record: JsonObject): string | undefined {
  for (const field of wrapperFields) {
    const inner = record[field]
    if (typeof inner === 'string' && inner !== '') return inner
  }
  return undefined
}

/** Without a byte order mark. */
const withoutMark = (text: string) => (text.charCodeAt(0) === 0xfeff ? text.slice(1) : text)

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // Bad input is a reject, not an exception: the caller says so.
    return undefined
  }
}

/** Valid JSON, but a number, text or word where a record belongs. */
const isScalar = (line: string) => line.length < 200 && parseJson(line) !== undefined

/** NUL and other control characters, or bytes that were no UTF-8. */
function isBinary(text: string): boolean {
  for (let i = 0; i < text.length; i += 1) {
    const code = text.charCodeAt(i)
    const isBlank = code === 0x09 || code === 0x0a || code === 0x0d
    if (code === 0xfffd || (code < 0x20 && !isBlank)) return true
  }
  return false
}
