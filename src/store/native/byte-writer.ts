/** A growing buffer with a write position; all numbers little-endian. For the hot path: no views, no copies. */
export class ByteWriter {
  /** Valid up to `position`. Replaced when it grows: read it after every `reserve`. */
  buffer: Buffer
  position = 0

  constructor(initialBytes: number) {
    this.buffer = Buffer.allocUnsafe(initialBytes)
  }

  /** Makes room for so many more bytes. */
  reserve(bytes: number): void {
    const needed = this.position + bytes
    if (needed <= this.buffer.length) return
    const grown = Buffer.allocUnsafe(Math.max(needed, this.buffer.length * 2))
    this.buffer.copy(grown, 0, 0, this.position)
    this.buffer = grown
  }

  /** LEB128, at most 32 bits. */
  varint(value: number): void {
    this.reserve(5)
    let rest = value
    while (rest > 127) {
      this.buffer[this.position++] = (rest & 127) | 128
      rest >>>= 7
    }
    this.buffer[this.position++] = rest
  }

  /** A non-negative safe integer as UInt64. */
  uint64(value: number): void {
    this.reserve(8)
    const high = Math.floor(value / 4_294_967_296)
    this.position = this.buffer.writeUInt32LE(value - high * 4_294_967_296, this.position)
    this.position = this.buffer.writeUInt32LE(high, this.position)
  }

  /** Byte length as a varint, then UTF-8. */
  string(text: string): void {
    const { length } = text
    this.reserve(length * 3 + 5)
    // Short ASCII, the usual case: copied by hand, which is faster than a call into the runtime.
    if (length < 48 && this.shortAscii(text, length)) return
    this.varint(Buffer.byteLength(text))
    this.position += this.buffer.write(text, this.position)
  }

  /** False, and nothing written, when a character is not ASCII. */
  private shortAscii(text: string, length: number): boolean {
    const { buffer, position } = this
    for (let at = 0; at < length; at++) {
      const code = text.charCodeAt(at)
      if (code > 127) return false
      buffer[position + 1 + at] = code
    }
    buffer[position] = length
    this.position = position + 1 + length
    return true
  }

  /** What was written, as a copy of its own; starts anew. */
  take(): Buffer {
    const bytes = Buffer.from(this.buffer.subarray(0, this.position))
    this.position = 0
    return bytes
  }
}
