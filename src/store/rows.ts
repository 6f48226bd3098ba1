import { Readable } from 'node:stream'
import type { ClickHouseSettings } from '@clickhouse/client'
import { type Column, createNativeEncoder } from './native/native-encoder.ts'
import type { Store } from './store.ts'
import { toPipelineError } from './to-pipeline-error.ts'

/** Values by column name, as `columnWriter` takes them: undefined is null, or an empty array. */
export type Row = Readonly<Record<string, unknown>>

/** One insert is one part of the table, if all rows are of one partition: all of it is stored or nothing. */
export const ONE_PART: ClickHouseSettings = {
  async_insert: 0,
  insert_deduplicate: 0,
  max_insert_threads: '1',
  max_insert_block_size: '2000000',
  min_insert_block_size_rows: '2000000',
  min_insert_block_size_bytes: '0',
}

/**
 * Inserts rows into a table, in one statement.
 *
 * @throws PipelineError; with store_outcome_unknown the rows may be stored, so give them keys by which
 *   the table or the reader tells a repeated row
 */
export async function insertRows(
  store: Pick<Store, 'client'>,
  table: string,
  columns: readonly Column[],
  rows: readonly Row[],
): Promise<void> {
  if (rows.length === 0) return
  const encoder = createNativeEncoder<Row>(
    columns.map(column => ({ ...column, of: row => row[column.name] })),
  )
  const names = columns.map(({ name }) => name).join(', ')
  await sendNative(store, {
    query: `INSERT INTO ${table} (${names}) FORMAT Native`,
    blocks: encoder.slices(rows),
    settings: ONE_PART,
  })
}

/** Sends blocks as the body of one insert; resolves when the server has stored them. */
export async function sendNative(
  { client }: Pick<Store, 'client'>,
  insert: {
    readonly query: string
    readonly blocks: Iterable<Buffer> | AsyncIterable<Buffer>
    readonly settings: ClickHouseSettings
    readonly parameters?: Record<string, unknown>
    readonly queryId?: string
    readonly signal?: AbortSignal | undefined
  },
): Promise<void> {
  let encodingError: unknown
  const blocks = async function* () {
    try {
      yield* insert.blocks
    } catch (error) {
      encodingError = error
      throw error
    }
  }
  try {
    const { stream } = await client.exec({
      query: insert.query,
      values: Readable.from(blocks(), { objectMode: false }),
      clickhouse_settings: insert.settings,
      ...(insert.parameters !== undefined && { query_params: insert.parameters }),
      ...(insert.queryId !== undefined && { query_id: insert.queryId }),
      ...(insert.signal !== undefined && { abort_signal: insert.signal }),
    })
    // The socket is free for the next request only when the answer has been read.
    for await (const _ of stream);
  } catch (error) {
    throw encodingError ?? toPipelineError(error)
  }
}

/**
 * Rows that a query gives, as objects. Values come as JSON has them: numbers also for 64 bits, so wrap
 * larger ones in toString(); times by toUnixTimestamp64Milli().
 *
 * @param parameters - for `{name:Type}` in the query
 * @throws PipelineError
 */
export async function selectRows<Result>(
  { client }: Pick<Store, 'client'>,
  query: string,
  parameters: Readonly<Record<string, unknown>> = {},
  settings: ClickHouseSettings = {},
): Promise<readonly Result[]> {
  try {
    const answer = await client.query({
      query,
      query_params: { ...parameters },
      format: 'JSONEachRow',
      clickhouse_settings: { output_format_json_quote_64bit_integers: 0, ...settings },
    })
    return await answer.json<Result>()
  } catch (error) {
    throw toPipelineError(error)
  }
}

/**
 * Columns of a table, in the form in which `insertRows` takes them.
 *
 * @param clauses - WHERE and what follows it; names in it mean the columns as they are stored
 * @throws PipelineError
 */
export function selectColumns<Result>(
  store: Pick<Store, 'client'>,
  table: string,
  columns: readonly Column[],
  clauses: string,
  parameters: Readonly<Record<string, unknown>> = {},
): Promise<readonly Result[]> {
  const expressions = columns.map(column => `${selectExpression(column)} AS ${column.name}`)
  return selectRows(
    store,
    `SELECT ${expressions.join(', ')} FROM ${table} ${clauses}`,
    parameters,
    {
      // The alias of a column is its name: without this, WHERE would compare what is shown.
      prefer_column_name_to_alias: 1,
    },
  )
}

/**
 * The expression that shows a column in the form in which `insertRows` takes it: times as numbers, UUIDs as
 * 32 hexadecimal digits, addresses as text with IPv4 in its own form and none as the empty text.
 */
export function selectExpression({ name, type }: Column): string {
  const shown = type.replace(/^Nullable\((.+)\)$/, '$1')
  if (shown.startsWith('DateTime64(3')) return `toUnixTimestamp64Milli(${name})`
  if (shown.startsWith('DateTime')) return `toUnixTimestamp(${name})`
  if (shown === 'Date') return `toUInt16(${name})`
  if (shown === 'UUID') return `replaceAll(toString(${name}), '-', '')`
  if (shown === 'IPv6')
    return `if(${name} = toIPv6('::'), '', replaceOne(toString(${name}), '::ffff:', ''))`
  return name
}
