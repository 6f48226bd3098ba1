import type { ByteWriter } from './byte-writer.ts'
import type { ColumnWriter } from './column-writer-type.ts'

const TWO_32 = 4_294_967_296

const views: Readonly<Record<string, ColumnWriter['view']>> = {
  UInt16: Uint16Array,
  UInt32: Uint32Array,
}

/**
 * Integers of 8 to 64 bits. Fractions are cut off; 64 bits take safe integers, or a bigint.
 * What does not fit is refused: a wrong number in the store is worse than a failed insert.
 */
export function integerWriter(bits: 8 | 16 | 32 | 64, isSigned: boolean): ColumnWriter {
  const high = bits === 64 ? Number.MAX_SAFE_INTEGER : 2 ** (isSigned ? bits - 1 : bits) - 1
  const low = isSigned ? -high - (bits === 64 ? 0 : 1) : 0
  const width = bits / 8
  const put = bits === 64 ? putWide : putNarrow(width)
  const view = views[`${isSigned ? 'Int' : 'UInt'}${bits}`]
  return {
    filler: 0,
    ...(view !== undefined && { view }),
    write(out, values) {
      out.reserve(values.length * width)
      for (const value of values) {
        if (typeof value === 'bigint' && bits === 64) {
          putBig(out, value)
          continue
        }
        if (typeof value !== 'number' || !(value >= low && value <= high)) {
          throw new RangeError(`not a number from ${low} to ${high}`)
        }
        put(out, value)
      }
    },
  }
}

function putNarrow(width: number): (out: ByteWriter, value: number) => void {
  if (width === 1) {
    return (out, value) => {
      out.buffer[out.position++] = value
    }
  }
  if (width === 2) {
    return (out, value) => {
      const { buffer, position } = out
      buffer[position] = value
      buffer[position + 1] = value >>> 8
      out.position = position + 2
    }
  }
  return (out, value) => {
    const { buffer, position } = out
    buffer[position] = value
    buffer[position + 1] = value >>> 8
    buffer[position + 2] = value >>> 16
    buffer[position + 3] = value >>> 24
    out.position = position + 4
  }
}

function putWide(out: ByteWriter, value: number): void {
  const whole = Math.trunc(value)
  // Floor, not truncation: the low half of a negative number is positive.
  const high = Math.floor(whole / TWO_32)
  const low = whole - high * TWO_32
  const { buffer, position } = out
  buffer[position] = low
  buffer[position + 1] = low >>> 8
  buffer[position + 2] = low >>> 16
  buffer[position + 3] = low >>> 24
  buffer[position + 4] = high
  buffer[position + 5] = high >>> 8
  buffer[position + 6] = high >>> 16
  buffer[position + 7] = high >>> 24
  out.position = position + 8
}

function putBig(out: ByteWriter, value: bigint): void {
  out.position = out.buffer.writeBigUInt64LE(BigInt.asUintN(64, value), out.position)
}
