import type { SourceRecord } from './log-source.ts'

const LINE_FEED = 10
const CARRIAGE_RETURN = 13

/**
 * Cuts chunks of text into lines, CRLF or LF, the last one with or without an end. A line above the
 * limit is reported by its length and never held. Blank lines count, but are not given out.
 *
 * The lines are views of the chunks: what keeps a line keeps its chunk.
 */
export class LineSplitter {
  readonly #lineBytesMax: number
  #lineNumber = 0
  /** Pieces of a line whose end has not come yet. */
  #pieces: Buffer[] = []
  #pieceBytes = 0

  constructor(lineBytesMax: number) {
    this.#lineBytesMax = lineBytesMax
  }

  /** Lines that end in this chunk; `offset` is the line's number, from 0. */
  push(chunk: Buffer): SourceRecord[] {
    const lines: SourceRecord[] = []
    let start = 0
    for (let end = chunk.indexOf(LINE_FEED); end !== -1; end = chunk.indexOf(LINE_FEED, start)) {
      this.#finish(chunk.subarray(start, end), lines)
      start = end + 1
    }
    if (start < chunk.length) this.#hold(chunk.subarray(start))
    return lines
  }

  /** The last line, if it had no end. */
  end(): SourceRecord[] {
    const lines: SourceRecord[] = []
    if (this.#pieceBytes > 0) this.#finish(Buffer.alloc(0), lines)
    return lines
  }

  #hold(piece: Buffer) {
    this.#pieceBytes += piece.length
    if (this.#pieceBytes > this.#lineBytesMax) this.#pieces = []
    else this.#pieces.push(piece)
  }

  #finish(lastPiece: Buffer, lines: SourceRecord[]) {
    const bytes = this.#pieceBytes + lastPiece.length
    if (bytes > this.#lineBytesMax) {
      lines.push({ offset: this.#lineNumber, content: { refused: 'record_too_long', bytes } })
    } else {
      const whole = this.#pieceBytes === 0 ? lastPiece : Buffer.concat([...this.#pieces, lastPiece])
      const line = whole.at(-1) === CARRIAGE_RETURN ? whole.subarray(0, -1) : whole
      if (!isBlank(line)) lines.push({ offset: this.#lineNumber, content: line })
    }
    this.#lineNumber += 1
    this.#pieces = []
    this.#pieceBytes = 0
  }
}

function isBlank(line: Buffer): boolean {
  for (const byte of line) if (byte !== 32 && byte !== 9) return false
  return true
}
