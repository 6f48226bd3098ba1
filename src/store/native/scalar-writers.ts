import type { ColumnWriter } from './column-writer-type.ts'
import { writeAddress } from './write-address.ts'

/** UTF-8 of any length. */
export const stringWriter: ColumnWriter = {
  filler: '',
  write(out, values) {
    for (const value of values) {
      if (typeof value !== 'string') throw new TypeError('not a string')
      out.string(value)
    }
  },
}

export const booleanWriter: ColumnWriter = {
  filler: false,
  write(out, values) {
    out.reserve(values.length)
    for (const value of values) {
      if (typeof value !== 'boolean') throw new TypeError('not a boolean')
      out.buffer[out.position++] = value ? 1 : 0
    }
  },
}

export function floatWriter(bytes: 4 | 8): ColumnWriter {
  return {
    filler: 0,
    view: bytes === 4 ? Float32Array : Float64Array,
    write(out, values) {
      out.reserve(values.length * bytes)
      for (const value of values) {
        if (typeof value !== 'number') throw new TypeError('not a number')
        out.position =
          bytes === 4
            ? out.buffer.writeFloatLE(value, out.position)
            : out.buffer.writeDoubleLE(value, out.position)
      }
    },
  }
}

/** Address text of either family; IPv4 as a v4-mapped address, the empty text as `::`. */
export const addressWriter: ColumnWriter = {
  filler: '',
  write(out, values) {
    out.reserve(values.length * 16)
    for (const value of values) {
      if (typeof value !== 'string') throw new TypeError('not a string')
      if (!writeAddress(value, out.buffer, out.position)) throw new RangeError('not an address')
      out.position += 16
    }
  },
}

/** Value of a hexadecimal digit by its character code; 255 for every other character. */
const nibbles = new Uint8Array(128).fill(255)
for (let digit = 0; digit < 16; digit++) {
  const text = digit.toString(16)
  nibbles[text.charCodeAt(0)] = digit
  nibbles[text.toUpperCase().charCodeAt(0)] = digit
}

/** 32 hexadecimal digits, without dashes: the form of a fingerprint. */
export const uuidWriter: ColumnWriter = {
  filler: '0'.repeat(32),
  write(out, values) {
    out.reserve(values.length * 16)
    for (const value of values) {
      if (typeof value !== 'string' || !writeUuid(value, out.buffer, out.position)) {
        throw new RangeError('not 32 hexadecimal digits')
      }
      out.position += 16
    }
  },
}

/** Two little-endian UInt64: the first eight bytes reversed, then the last eight reversed. */
function writeUuid(text: string, buffer: Uint8Array, position: number): boolean {
  if (text.length !== 32) return false
  let seen = 0
  for (let at = 0; at < 16; at++) {
    const high = nibbles[text.charCodeAt(at * 2)] ?? 255
    const low = nibbles[text.charCodeAt(at * 2 + 1)] ?? 255
    seen |= high | low
    buffer[position + (at < 8 ? 7 - at : 23 - at)] = (high << 4) | low
  }
  return seen < 16
}
