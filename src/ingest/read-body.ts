import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import type { Result } from '../lib/result.ts'
import { isGzip, looksLikeDocument, splitDocument, withoutByteOrderMark } from './json-document.ts'
import type { SourceRecord } from './log-source.ts'
import { LineSplitter } from './split-lines.ts'

/** Why a whole body cannot be read. */
export type BodyFault =
  | 'body_too_large'
  | 'decompressed_too_large'
  | 'too_many_records'
  | 'unsupported_encoding'
  | 'bad_encoding'
  | 'empty_body'
  | 'bad_json'

export interface BodyLimits {
  readonly bodyBytesMax: number
  readonly decompressedBytesMax: number
  readonly decompressionRatioMax: number
  readonly recordBytesMax: number
  readonly recordsMax: number
}

export interface Body {
  readonly contentType?: string | undefined
  readonly contentEncoding?: string | undefined
  readonly body: Buffer
}

/** Below it no ratio counts: short bodies of equal lines compress without end. */
const RATIO_FREE_BYTES = 1_048_576

const decompressGzip = promisify<Buffer, { maxOutputLength: number }, Buffer>(gunzip)

/**
 * The records of a request's body: lines, an array's elements, or JSON values one after the other,
 * gzip or not. `offset` is the number of the line or the value, from 0.
 */
export async function readBody(
  request: Body,
  limits: BodyLimits,
): Promise<Result<readonly SourceRecord[], BodyFault>> {
  if (request.body.length > limits.bodyBytesMax) return { ok: false, reason: 'body_too_large' }
  const decoded = await decode(request, limits)
  if (!decoded.ok) return decoded
  const text = withoutByteOrderMark(decoded.value)
  const records = splitText(text, limits.recordBytesMax, isJsonType(request.contentType))
  if (records === undefined) return { ok: false, reason: 'bad_json' }
  if (records.length > limits.recordsMax) return { ok: false, reason: 'too_many_records' }
  const isEmpty = records.length === 0 && !text.includes('[')
  return isEmpty ? { ok: false, reason: 'empty_body' } : { ok: true, value: records }
}

async function decode(
  { body, contentEncoding = '' }: Body,
  limits: BodyLimits,
): Promise<Result<Buffer, BodyFault>> {
  const encoding = contentEncoding.trim().toLowerCase()
  if (!['', 'identity', 'gzip', 'x-gzip'].includes(encoding)) {
    return { ok: false, reason: 'unsupported_encoding' }
  }
  if (!isGzip(body)) {
    return encoding.endsWith('gzip') && body.length > 0
      ? { ok: false, reason: 'bad_encoding' }
      : { ok: true, value: body }
  }
  const ratioBytesMax = Math.max(RATIO_FREE_BYTES, body.length * limits.decompressionRatioMax)
  const maxOutputLength = Math.min(limits.decompressedBytesMax, ratioBytesMax)
  try {
    return { ok: true, value: await decompressGzip(body, { maxOutputLength }) }
  } catch (error) {
    const isTooLarge =
      error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE'
    return { ok: false, reason: isTooLarge ? 'decompressed_too_large' : 'bad_encoding' }
  }
}

const isJsonType = (contentType = '') => /^application\/json\b/i.test(contentType.trim())

/** Undefined only for what claims to be JSON, begins as an array and does not end. */
function splitText(
  text: Buffer,
  recordBytesMax: number,
  mustBeJson: boolean,
): readonly SourceRecord[] | undefined {
  if (looksLikeDocument(text, recordBytesMax)) {
    const records = splitDocument(text, recordBytesMax)
    if (records !== undefined) return records
    if (mustBeJson && text.toString('latin1', 0, 1_024).trimStart().startsWith('['))
      return undefined
  }
  const splitter = new LineSplitter(recordBytesMax)
  return [...splitter.push(text), ...splitter.end()]
}
