import type { ByteWriter } from './byte-writer.ts'

/** Writes the values of one column of a block. */
export interface ColumnWriter {
  /** Stands for a null beneath its mark. */
  readonly filler: unknown
  /** Arrays that hold such values as the wire has them, on a little-endian machine as all that are supported. */
  readonly view?:
    | Float32ArrayConstructor
    | Float64ArrayConstructor
    | Uint16ArrayConstructor
    | Uint32ArrayConstructor
  /** What comes once per column, before everything else of it, lengths of arrays included. */
  readonly prefix?: (out: ByteWriter) => void
  /** @throws RangeError or TypeError for a value that the type cannot hold */
  readonly write: (out: ByteWriter, values: readonly unknown[]) => void
}
