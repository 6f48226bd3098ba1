import type { ByteWriter } from './byte-writer.ts'
import type { ColumnWriter } from './column-writer-type.ts'

/** A mark per row, 1 for null or undefined, then a value per row. */
export function nullableWriter(inner: ColumnWriter): ColumnWriter {
  return {
    filler: undefined,
    ...(inner.prefix !== undefined && { prefix: inner.prefix }),
    write(out, values) {
      out.reserve(values.length)
      for (const value of values) {
        out.buffer[out.position++] = value === undefined || value === null ? 1 : 0
      }
      inner.write(
        out,
        values.map(value => value ?? inner.filler),
      )
    },
  }
}

/** The end of each row's elements as UInt64, then all elements in a row. Absent is empty. */
export function arrayWriter(inner: ColumnWriter): ColumnWriter {
  return {
    filler: [],
    ...(inner.prefix !== undefined && { prefix: inner.prefix }),
    write(out, values) {
      if (isAllViews(values, inner.view)) writeViews(out, values)
      else writeElements(out, values, inner)
    },
  }
}

function writeElements(out: ByteWriter, values: readonly unknown[], inner: ColumnWriter): void {
  const elements: unknown[] = []
  for (const value of values) {
    if (value !== undefined && !Array.isArray(value) && !ArrayBuffer.isView(value)) {
      throw new TypeError('not an array')
    }
    for (const element of (value ?? []) as Iterable<unknown>) elements.push(element)
    out.uint64(elements.length)
  }
  // Without elements there is no data at all, not even an empty dictionary.
  if (elements.length > 0) inner.write(out, elements)
}

type View = NonNullable<ColumnWriter['view']>

function isAllViews(
  values: readonly unknown[],
  view: View | undefined,
): values is readonly InstanceType<View>[] {
  return view !== undefined && values.every(value => value instanceof view)
}

/** Copies bytes: wide rows of a snapshot have hundreds of numbers each. */
function writeViews(out: ByteWriter, values: readonly InstanceType<View>[]): void {
  let elements = 0
  let bytes = 0
  for (const value of values) {
    elements += value.length
    bytes += value.byteLength
    out.uint64(elements)
  }
  out.reserve(bytes)
  for (const { buffer, byteOffset, byteLength } of values) {
    out.buffer.set(new Uint8Array(buffer, byteOffset, byteLength), out.position)
    out.position += byteLength
  }
}

/** Version of the format of dictionaries. */
const SHARED_DICTIONARIES = 1
const HAS_ADDITIONAL_KEYS = 1 << 9
const NEED_UPDATE_DICTIONARY = 1 << 10

/** Width of the indexes, its exponent for the wire, and the largest dictionary that it can address. */
const indexWidths = [
  { exponent: 0, bytes: 1, keysMax: 256 },
  { exponent: 1, bytes: 2, keysMax: 65_536 },
  { exponent: 2, bytes: 4, keysMax: 4_294_967_296 },
] as const

/** A dictionary of the different strings, then an index into it per row. */
export const lowCardinalityWriter: ColumnWriter = {
  filler: '',
  prefix: out => out.uint64(SHARED_DICTIONARIES),
  write(out, values) {
    const { dictionary, indexes } = buildDictionary(values)
    const width = indexWidths.find(({ keysMax }) => dictionary.size <= keysMax) ?? indexWidths[2]
    out.uint64(width.exponent | HAS_ADDITIONAL_KEYS | NEED_UPDATE_DICTIONARY)
    out.uint64(dictionary.size)
    for (const key of dictionary.keys()) out.string(key)
    out.uint64(values.length)
    writeIndexes(out, indexes, width.bytes)
  },
}

function buildDictionary(values: readonly unknown[]) {
  // The first key must be the empty string, the default value of the type.
  const dictionary = new Map([['', 0]])
  const indexes = new Uint32Array(values.length)
  let previous = ''
  let index = 0
  for (let row = 0; row < values.length; row++) {
    const value = values[row]
    // Many columns hardly change from row to row: the look-up is then saved.
    if (value !== previous) {
      if (typeof value !== 'string') throw new TypeError('not a string')
      previous = value
      index = dictionary.get(value) ?? dictionary.size
      if (index === dictionary.size) dictionary.set(value, index)
    }
    indexes[row] = index
  }
  return { dictionary, indexes }
}

function writeIndexes(out: ByteWriter, indexes: Uint32Array, bytes: 1 | 2 | 4): void {
  out.reserve(indexes.length * bytes)
  const { buffer } = out
  let at = out.position
  for (const index of indexes) {
    buffer[at++] = index
    if (bytes > 1) buffer[at++] = index >>> 8
    if (bytes > 2) {
      buffer[at++] = index >>> 16
      buffer[at++] = index >>> 24
    }
  }
  out.position = at
}
