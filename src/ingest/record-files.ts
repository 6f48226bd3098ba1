import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { pipeline, Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { OperatorError } from '../domain/operator-error.ts'
import { isGzip, looksLikeDocument, splitDocument, withoutByteOrderMark } from './json-document.ts'
import type { SourceRecord } from './log-source.ts'
import { LineSplitter } from './split-lines.ts'

export interface RecordFileOptions {
  /** Longest record, bytes; a longer one is reported and not held. */
  readonly recordBytesMax: number
  /** Where the records of `-` come from. */
  readonly stdin: Readable
}

/** Some records of one file, in order, and how far reading has come. */
export interface FileRecords {
  readonly file: string
  /** `offset` is the number of the line, or of the value in a JSON document, from 0. */
  readonly records: readonly SourceRecord[]
  /** Of all files together, as they lie on disk: compressed bytes count as compressed. */
  readonly bytesRead: number
  /** Undefined when the input's length is not known. */
  readonly bytesTotal: number | undefined
}

const CHUNK_BYTES = 1_048_576
/** Largest document that is held as a whole: one JSON array or object over many lines. */
const DOCUMENT_BYTES_MAX = 64 * 1_048_576
/** Enough for a byte order mark and for the first bytes of gzip. */
const HEAD_BYTES = 3

/**
 * Reads access logs record by record, in memory that does not grow with the files: lines, plain or
 * gzip (told by the first bytes, several members too), or one JSON document up to 64 MiB.
 *
 * @throws OperatorError for a file that cannot be read or is not whole; what came before is given out
 */
export async function* readRecordFiles(
  files: readonly string[],
  options: RecordFileOptions,
): AsyncGenerator<FileRecords> {
  const bytesTotal = await totalBytes(files)
  let bytesRead = 0
  const count = (bytes: number) => {
    bytesRead += bytes
  }
  for (const file of files) {
    try {
      const input =
        file === '-' ? options.stdin : createReadStream(file, { highWaterMark: CHUNK_BYTES })
      const records = readRecords(decompress(counted(input, count)), options.recordBytesMax)
      for await (const some of records) yield { file, records: some, bytesRead, bytesTotal }
    } catch (error) {
      throw unreadable(file, error)
    }
  }
}

/** @throws OperatorError with every file that is missing, at once */
async function totalBytes(files: readonly string[]): Promise<number | undefined> {
  const sizes = await Promise.allSettled(files.map(file => (file === '-' ? undefined : stat(file))))
  const faults = sizes.flatMap((result, at) =>
    result.status === 'rejected' ? unreadable(files[at] ?? '', result.reason).faults : [],
  )
  if (faults.length > 0) throw new OperatorError(faults)
  let total = 0
  for (const result of sizes) {
    if (result.status === 'rejected' || result.value?.isFile() !== true) return undefined
    total += result.value.size
  }
  return total
}

function unreadable(file: string, error: unknown): OperatorError {
  if (error instanceof OperatorError) return error
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error'
  const problem = code.startsWith('Z_') ? 'is damaged or not whole' : `cannot be read (${code})`
  const remedy =
    code === 'EISDIR'
      ? 'This is a folder: name the log files in it, for instance with a * at the end.'
      : 'Give the path of a readable log file, plain or gzip, or - for standard input.'
  return new OperatorError([{ path: file, problem, remedy }], { cause: error })
}

async function* counted(input: Readable, count: (bytes: number) => void): AsyncGenerator<Buffer> {
  for await (const chunk of input) {
    const bytes = Buffer.isBuffer(chunk) ? chunk : Buffer.from(String(chunk))
    count(bytes.length)
    yield bytes
  }
}

async function* decompress(chunks: AsyncGenerator<Buffer>): AsyncGenerator<Buffer> {
  const head = await readHead(chunks, HEAD_BYTES)
  const whole = followed(head, chunks)
  if (!isGzip(head)) {
    yield* whole
    return
  }
  const gunzip = createGunzip({ chunkSize: CHUNK_BYTES })
  // The iteration below reports every error; the call-back only has to be there.
  pipeline(Readable.from(whole), gunzip, () => undefined)
  for await (const chunk of gunzip) yield chunk
}

/** At least so many bytes, or all there are. */
async function readHead(chunks: AsyncGenerator<Buffer>, bytes: number): Promise<Buffer> {
  const pieces: Buffer[] = []
  let length = 0
  while (length < bytes) {
    const next = await chunks.next()
    if (next.done === true) break
    pieces.push(next.value)
    length += next.value.length
  }
  return pieces[0] !== undefined && pieces.length === 1 ? pieces[0] : Buffer.concat(pieces)
}

async function* followed(head: Buffer, rest: AsyncGenerator<Buffer>): AsyncGenerator<Buffer> {
  if (head.length > 0) yield head
  yield* rest
}

async function* readRecords(
  chunks: AsyncGenerator<Buffer>,
  recordBytesMax: number,
): AsyncGenerator<readonly SourceRecord[]> {
  const head = withoutByteOrderMark(await readHead(chunks, HEAD_BYTES))
  const text = followed(head, chunks)
  const start = await readStart(text, recordBytesMax)
  let lines = followed(start, text)
  if (looksLikeDocument(start, recordBytesMax)) {
    const document = await readHead(lines, DOCUMENT_BYTES_MAX)
    const isWhole = document.length < DOCUMENT_BYTES_MAX
    const records = isWhole ? splitDocument(document, recordBytesMax) : undefined
    if (records !== undefined) {
      yield records
      return
    }
    lines = followed(document, lines)
  }
  const splitter = new LineSplitter(recordBytesMax)
  for await (const chunk of lines) {
    const records = splitter.push(chunk)
    yield records // also when empty: progress
  }
  yield splitter.end()
}

/** As much as tells what the input is: its first line, or more than a record may have. */
async function readStart(chunks: AsyncGenerator<Buffer>, recordBytesMax: number): Promise<Buffer> {
  let start: Buffer = Buffer.alloc(0)
  while (start.length <= recordBytesMax && !start.includes(10)) {
    const next = await chunks.next()
    if (next.done === true) break
    start = start.length === 0 ? next.value : Buffer.concat([start, next.value])
  }
  return start
}
