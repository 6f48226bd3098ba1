import type { SourceRecord } from './log-source.ts'
import { splitJson } from './split-json.ts'

/**
 * Whether text is to be read as JSON over many lines, or an array, rather than line by line: it begins
 * as JSON does, and its first line is not a record by itself.
 *
 * @param start - the first line at least, or more than a record may have
 */
export function looksLikeDocument(start: Buffer, recordBytesMax: number): boolean {
  const text = start.toString('latin1', 0, Math.min(start.length, 1_024)).trimStart()
  if (text.startsWith('[')) return true
  if (!text.startsWith('{')) return false
  const lineEnd = start.indexOf(10)
  const firstLine = lineEnd === -1 ? start : start.subarray(0, lineEnd)
  return firstLine.length > recordBytesMax || !isJson(firstLine)
}

/** The values of a document as records; undefined when it is none after all. */
export function splitDocument(
  document: Buffer,
  recordBytesMax: number,
): readonly SourceRecord[] | undefined {
  const values = splitJson(document)
  // The first one tells a document from lines of which the first is broken.
  if (values === undefined || (values[0] !== undefined && !isJson(values[0]))) return undefined
  return values.map((value, offset) =>
    value.length > recordBytesMax
      ? { offset, content: { refused: 'record_too_long', bytes: value.length } }
      : { offset, content: value },
  )
}

const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf])

export const withoutByteOrderMark = (text: Buffer) =>
  text.subarray(0, BYTE_ORDER_MARK.length).equals(BYTE_ORDER_MARK)
    ? text.subarray(BYTE_ORDER_MARK.length)
    : text

const GZIP_MAGIC = Buffer.from([0x1f, 0x8b])

export const isGzip = (bytes: Buffer) => bytes.subarray(0, 2).equals(GZIP_MAGIC)

function isJson(text: Buffer): boolean {
  try {
    JSON.parse(text.toString())
    return true
  } catch {
    return false
  }
}
