import type { ColumnWriter } from './column-writer-type.ts'
import { arrayWriter, lowCardinalityWriter, nullableWriter } from './composite-writers.ts'
import { integerWriter } from './integer-writer.ts'
import {
  addressWriter,
  booleanWriter,
  floatWriter,
  stringWriter,
  uuidWriter,
} from './scalar-writers.ts'

/**
 * The writer for a ClickHouse type: (U)Int8 to (U)Int64, Float32, Float64, Bool, Date (days), DateTime
 * (seconds), DateTime64(3) (milliseconds), UUID (32 hexadecimal digits), IPv6 (text of either family),
 * String, LowCardinality(String), and Nullable(T) and Array(T) of them.
 *
 * @throws TypeError for any other type
 */
export function columnWriter(type: string): ColumnWriter {
  const [, outer, inner] = /^(Nullable|Array)\((.+)\)$/.exec(type) ?? []
  if (inner !== undefined) {
    return outer === 'Array'
      ? arrayWriter(columnWriter(inner))
      : nullableWriter(columnWriter(inner))
  }
  // A time zone changes what is shown, not what is stored.
  const writer = writers.get(
    type
      .replace(/^DateTime\('.+'\)$/, 'DateTime')
      .replace(/^DateTime64\(3, '.+'\)$/, 'DateTime64(3)'),
  )
  if (writer === undefined) throw new TypeError(`no Native encoding for the type ${type}`)
  return writer
}

const writers: ReadonlyMap<string, ColumnWriter> = new Map([
  ['UInt8', integerWriter(8, false)],
  ['UInt16', integerWriter(16, false)],
  ['UInt32', integerWriter(32, false)],
  ['UInt64', integerWriter(64, false)],
  ['Int8', integerWriter(8, true)],
  ['Int16', integerWriter(16, true)],
  ['Int32', integerWriter(32, true)],
  ['Int64', integerWriter(64, true)],
  ['Date', integerWriter(16, false)],
  ['DateTime', integerWriter(32, false)],
  ['DateTime64(3)', integerWriter(64, true)],
  ['Float32', floatWriter(4)],
  ['Float64', floatWriter(8)],
  ['Bool', booleanWriter],
  ['UUID', uuidWriter],
  ['IPv6', addressWriter],
  ['String', stringWriter],
  ['LowCardinality(String)', lowCardinalityWriter],
])
