/** One column of a block: the value of a row, made when it is asked for. */
interface NativeColumn {
  readonly name: string
  readonly at: (row: number) => unknown
}

/** Rows of one block of the `Native` format, kept as columns. */
export interface NativeBlock {
  readonly rows: number
  readonly columns: readonly NativeColumn[]
}

/**
 * Reads what `SELECT ... FORMAT Native` answers: blocks of String, Float64 and arrays of String, Float32,
 * Float64, UInt16 and UInt32. Arrays of numbers are views of the block, not copies: do not write to them.
 * Numbers lie in memory as on the wire, little-endian, as on every machine that ClickHouse runs on.
 *
 * @throws TypeError for a column of another type, RangeError when the answer ends within a block
 */
export function readNative(answer: Buffer): readonly NativeBlock[] {
  const input: Input = { buffer: answer, position: 0 }
  const blocks: NativeBlock[] = []
  while (input.position < answer.length) {
    const columnCount = readVarint(input)
    const rows = readVarint(input)
    const columns: NativeColumn[] = []
    for (let index = 0; index < columnCount; index++) {
      const name = readString(input)
      const type = readString(input)
      columns.push({ name, at: readColumn(input, type, rows) })
    }
    blocks.push({ rows, columns })
  }
  return blocks
}

interface Input {
  readonly buffer: Buffer
  position: number
}

type ColumnReader = (input: Input, rows: number) => (row: number) => unknown

function readColumn(input: Input, type: string, rows: number): (row: number) => unknown {
  const read = readers[type]
  if (read === undefined) throw new TypeError(`no Native decoding for the type ${type}`)
  return read(input, rows)
}

const readers: Readonly<Record<string, ColumnReader>> = {
  String: (input, rows) => {
    const text = readStrings(input, rows)
    return row => text(row)
  },
  Float64: (input, rows) => {
    const values = new Float64Array(copyOf(input, rows * 8))
    return row => values[row]
  },
  'Array(String)': (input, rows) => {
    const ends = readEnds(input, rows)
    const text = readStrings(input, total(ends))
    return row => {
      const start = startOf(ends, row)
      return Array.from({ length: (ends[row] ?? start) - start }, (_, at) => text(start + at))
    }
  },
  'Array(Float32)': numbers(4, bytes => new Float32Array(bytes)),
  'Array(Float64)': numbers(8, bytes => new Float64Array(bytes)),
  'Array(UInt16)': numbers(2, bytes => new Uint16Array(bytes)),
  'Array(UInt32)': numbers(4, bytes => new Uint32Array(bytes)),
}

/** Ends of the arrays, then all their elements. */
function numbers(
  width: number,
  view: (bytes: ArrayBuffer) => { subarray(start: number, end: number): unknown },
): ColumnReader {
  return (input, rows) => {
    const ends = readEnds(input, rows)
    const elements = view(copyOf(input, total(ends) * width))
    return row => elements.subarray(startOf(ends, row), ends[row] ?? 0)
  }
}

const total = (ends: Float64Array) => ends.at(-1) ?? 0
const startOf = (ends: Float64Array, row: number) => (row === 0 ? 0 : (ends[row - 1] ?? 0))

/** UInt64 each, and all of them far below 2^53. */
function readEnds(input: Input, rows: number): Float64Array {
  const words = new Uint32Array(copyOf(input, rows * 8))
  return Float64Array.from(
    { length: rows },
    (_, row) => (words[row * 2] ?? 0) + (words[row * 2 + 1] ?? 0) * 4_294_967_296,
  )
}

/** A copy starts at an address that typed arrays accept; the answer itself may not. */
function copyOf(input: Input, bytes: number): ArrayBuffer {
  const { buffer, position } = input
  skip(input, bytes)
  const copy = new ArrayBuffer(bytes)
  new Uint8Array(copy).set(buffer.subarray(position, position + bytes))
  return copy
}

/** Only where each text lies; most are never asked for. */
function readStrings(input: Input, count: number): (index: number) => string {
  const { buffer } = input
  const starts = new Uint32Array(count)
  const ends = new Uint32Array(count)
  for (let index = 0; index < count; index++) {
    const length = readVarint(input)
    starts[index] = input.position
    skip(input, length)
    ends[index] = input.position
  }
  return index => buffer.toString('utf8', starts[index], ends[index])
}

function readString(input: Input): string {
  const length = readVarint(input)
  const { buffer, position } = input
  skip(input, length)
  return buffer.toString('utf8', position, position + length)
}

function readVarint(input: Input): number {
  let value = 0
  let factor = 1
  for (;;) {
    const byte = input.buffer[input.position]
    if (byte === undefined) throw cutOff()
    input.position++
    value += (byte & 127) * factor
    if (byte < 128) return value
    factor *= 128
  }
}

function skip(input: Input, bytes: number): void {
  input.position += bytes
  if (input.position > input.buffer.length) throw cutOff()
}

const cutOff = () => new RangeError('the answer of ClickHouse ends within a block')
