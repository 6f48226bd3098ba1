import type { ClickHouseClient } from '@clickhouse/client'
import { type Fields, group } from './record-fields.ts'
import { retryStore } from './retry.ts'

/** What a table needs of the store. */
export interface TableStore {
  readonly client: ClickHouseClient
}

/** Values of a query's placeholders `{name:Type}`. */
export type QueryParameters = Readonly<Record<string, unknown>>

/**
 * Rows of a small table as records of the domain; all methods throw PipelineError. Events and baselines
 * go another way: by column. An insert whose answer was lost is repeated: the tables that are kept like
 * this replace rows with equal keys, so that a row written twice is one.
 */
export interface RecordTable<Row> {
  /** Inserts all rows as one part; no rows, no call. */
  insert(rows: readonly Row[]): Promise<void>
  /**
   * @param clauses - what follows `FROM <table>`: WHERE, ORDER BY, LIMIT, with placeholders
   */
  select(clauses: string, parameters: QueryParameters): Promise<Row[]>
}

/** A short trouble of the store is waited out here (0.3 s), a long one is the caller's to decide on. */
const ATTEMPTS_MAX = 3

/** ClickHouse reads numbers exactly as JSON has them only with these. */
const exactNumbers = {
  output_format_json_quote_64bit_integers: 0,
  output_format_json_quote_denormals: 1,
} as const

export function createRecordTable<Row extends object>(
  store: TableStore,
  table: string,
  fields: Fields<Row>,
): RecordTable<Row> {
  const record = group(fields)
  const [first, ...rest] = record.columns.map(({ name }) => name)
  if (first === undefined) throw new RangeError(`table ${table} has no columns`)
  const expressions = record.columns.map(({ expression }) => expression).join(', ')
  return {
    async insert(rows) {
      if (rows.length === 0) return
      const values = rows.map(row => record.write(row))
      await retryStore(
        () =>
          store.client.insert({
            table,
            columns: [first, ...rest],
            format: 'JSONCompactEachRow',
            values,
          }),
        { attemptsMax: ATTEMPTS_MAX },
      )
    },
    async select(clauses, parameters) {
      const query = `SELECT ${expressions} FROM ${table} ${clauses}`
      const rows = await selectCells(store, query, parameters)
      return rows.map(cells => record.read(cells))
    },
  }
}

/** The rows of a whole query, as cells in the order of its columns. */
export function selectCells(
  store: TableStore,
  query: string,
  parameters: QueryParameters,
): Promise<unknown[][]> {
  const select = async () => {
    const result = await store.client.query({
      query,
      query_params: { ...parameters },
      format: 'JSONCompactEachRow',
      // What people search for does not belong into the server's own log of queries.
      clickhouse_settings: { ...exactNumbers, log_queries: 0 },
    })
    return result.json<unknown[]>()
  }
  return retryStore(select, { attemptsMax: ATTEMPTS_MAX })
}

type Condition = string | false | undefined

/** A WHERE of the conditions that apply; `false` and `undefined` ones are left out. */
export const where = (...conditions: readonly Condition[]) => joined('WHERE', conditions)

/** The same after GROUP BY. */
export const having = (...conditions: readonly Condition[]) => joined('HAVING', conditions)

function joined(keyword: string, conditions: readonly Condition[]): string {
  const given = conditions.filter(condition => typeof condition === 'string')
  return given.length === 0 ? '' : `${keyword} ${given.join(' AND ')}`
}
