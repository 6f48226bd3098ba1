import type { Fingerprint } from '../domain/access-event.ts'

/** One column of a table: its name and what to select to get a value that JSON carries exactly. */
interface FieldColumn {
  readonly name: string
  readonly expression: string
}

/** How one property of a record is kept: in one column, or, for a list of records, in several. */
export interface Field<Value> {
  readonly columns: readonly FieldColumn[]
  /** One JSON value per column, in their order. */
  write(value: Value): readonly unknown[]
  /** Cells in the order of the columns. */
  read(cells: readonly unknown[]): Value
}

/** How each property of a record is kept. The compiler reports a property that has no field. */
export type Fields<Row> = { readonly [Key in keyof Row]-?: Field<Row[Key]> }

function single<Value>(
  name: string,
  write: (value: Value) => unknown,
  read: (cell: unknown) => Value,
  expression = name,
): Field<Value> {
  return {
    columns: [{ name, expression }],
    write: value => [write(value)],
    read: ([cell]) => read(cell),
  }
}

/** Half a surrogate pair is no character and ClickHouse refuses it: the replacement character instead. */
const wellFormed = (value: string) => value.replaceAll(/\p{Surrogate}/gu, '\uFFFD')
const milliseconds = (name: string) => `toUnixTimestamp64Milli(${name})`
const hex = (name: string) => `lower(hex(${name}))`

/** JSON has no infinity and no NaN; ClickHouse reads and writes them as words. */
const words = new Map([
  ['inf', Number.POSITIVE_INFINITY],
  ['-inf', Number.NEGATIVE_INFINITY],
  ['nan', Number.NaN],
])
const writeNumber = (value: number) =>
  Number.isFinite(value) ? value : String(value).replace('Infinity', 'inf').toLowerCase()
const readNumber = (cell: unknown) => words.get(String(cell)) ?? Number(cell)
const strings = (cell: unknown): string[] => (Array.isArray(cell) ? cell.map(String) : [])

/** A string, as it is. */
export const text = (name: string) => single<string>(name, wellFormed, String)

/** A word of a closed list; what was written is trusted when it is read. */
export const word = <Word extends string>(name: string): Field<Word> =>
  single<Word>(name, String, cell => String(cell) as Word)

/** Absent is the empty string: no domain value that may be absent may also be empty. */
export const optionalText = (name: string) =>
  single<string | undefined>(
    name,
    value => wellFormed(value ?? ''),
    cell => (cell === '' ? undefined : String(cell)),
  )

/** Integers up to 2^53 and floating-point numbers, infinities included. */
export const number = (name: string) => single<number>(name, writeNumber, readNumber)

export const flag = (name: string) => single<boolean>(name, Boolean, Boolean)

/** Milliseconds since epoch in a DateTime64(3); fractions are cut off. */
export const time = (name: string) => single<number>(name, Math.trunc, Number, milliseconds(name))

/** Milliseconds since epoch in a Nullable(DateTime64(3)). */
export const optionalTime = (name: string) =>
  single<number | undefined>(
    name,
    value => (value === undefined ? null : Math.trunc(value)),
    cell => (cell === null ? undefined : Number(cell)),
    milliseconds(name),
  )

/** A token's 128 bits in a UUID, as in the event log: an analyst joins on it. */
export const fingerprint = (name: string) =>
  single<Fingerprint>(name, String, cell => String(cell) as Fingerprint, hex(name))

const noToken = '0'.repeat(32)

/** The zero UUID where there is none. */
export const optionalFingerprint = (name: string) =>
  single<Fingerprint | undefined>(
    name,
    value => value ?? noToken,
    cell => (cell === noToken ? undefined : (String(cell) as Fingerprint)),
    hex(name),
  )

export const textList = (name: string) =>
  single<readonly string[]>(name, values => values.map(wellFormed), strings)

/** Absent and empty are told apart by `<name>_known`. */
export const optionalTextList = (name: string): Field<readonly string[] | undefined> => ({
  columns: [
    { name, expression: name },
    { name: `${name}_known`, expression: `${name}_known` },
  ],
  write: values => [(values ?? []).map(wellFormed), values !== undefined],
  read: ([cell, isKnown]) => (isKnown ? strings(cell) : undefined),
})

type Entries = [string, Field<unknown>][]

function joined(fields: object): { entries: Entries; columns: readonly FieldColumn[] } {
  const entries = Object.entries(fields) as Entries
  return { entries, columns: entries.flatMap(([, field]) => field.columns) }
}

/** A record within a record, its columns beside the others. */
export function group<Row extends object>(fields: Fields<Row>): Field<Row> {
  const { entries, columns } = joined(fields)
  return {
    columns,
    write: row =>
      entries.flatMap(([key, field]) => field.write((row as Record<string, unknown>)[key])),
    read(cells) {
      let at = 0
      const pairs = entries.map(([key, field]) => {
        const own = cells.slice(at, at + field.columns.length)
        at += field.columns.length
        return [key, field.read(own)]
      })
      return Object.fromEntries(pairs) as Row
    },
  }
}

/** A list of records in a Nested column: arrays of equal length, one per column of the record. */
export function nested<Row extends object>(
  name: string,
  fields: Fields<Row>,
): Field<readonly Row[]> {
  const record = group(fields)
  const columns = record.columns.map(column => ({
    name: `${name}.${column.name}`,
    expression:
      column.expression === column.name
        ? `${name}.${column.name}`
        : `arrayMap(${column.name} -> ${column.expression}, ${name}.${column.name})`,
  }))
  return {
    columns,
    write(rows) {
      const written = rows.map(row => record.write(row))
      return columns.map((_, index) => written.map(cells => cells[index]))
    },
    read(cells) {
      const lists = cells.map(cell => (Array.isArray(cell) ? (cell as unknown[]) : []))
      return (lists[0] ?? []).map((_, index) => record.read(lists.map(list => list[index])))
    },
  }
}
