import { type Field, nested, number, text, time } from './record-fields.ts'
import { createRecordTable, selectCells, type TableStore } from './record-table.ts'

/** Why one record of a request was refused; never its value. */
interface IngestRequestError {
  /** Position in the request, from 0. */
  readonly index: number
  readonly reason: string
  readonly field?: string
}

/** A stored HTTP ingest request: the answer that it got, and the offsets that it took. */
interface IngestRequest {
  /** Hash of the client's idempotency key. */
  readonly key: string
  readonly source: string
  /** SHA-256 of the body as sent, hex: the same key with another body is a client's mistake. */
  readonly bodyHash: string
  readonly firstOffset: number
  readonly lastOffset: number
  readonly accepted: number
  readonly rejected: number
  readonly errors: readonly IngestRequestError[]
  readonly atMs: number
}

/** Requests are remembered for two days. One that is put again is one row, the last one. */
export interface IngestRequestsTable {
  put(request: IngestRequest): Promise<void>
  find(source: string, key: string): Promise<IngestRequest | undefined>
  /** Requests whose last offset is above the given one: after a crash, perhaps not stored. */
  above(source: string, offset: number): Promise<IngestRequest[]>
  /**
   * Highest offset that the source is known to have used, -1 for none; records that were all rejected
   * have left no event, but a request or dead letters.
   */
  lastOffset(source: string): Promise<number>
}

const selectLastOffset = `
SELECT max(last_offset)
FROM (
  SELECT max(last_offset) AS last_offset, count() AS n FROM ingest_requests WHERE source = {source:String}
  UNION ALL
  SELECT max(source_offset), count() FROM dead_letters WHERE source = {source:String}
)
WHERE n > 0
HAVING count() > 0
LIMIT 1`

interface StoredError {
  readonly index: number
  readonly reason: string
  readonly field: string
}

const storedErrors = nested<StoredError>('errors', {
  index: number('position'),
  reason: text('reason'),
  field: text('field'),
})

/** A field that is not named is an absent property in the answer, and the empty string in the table. */
const errorsField: Field<readonly IngestRequestError[]> = {
  columns: storedErrors.columns,
  write: errors => storedErrors.write(errors.map(error => ({ field: '', ...error }))),
  read: cells =>
    storedErrors
      .read(cells)
      .map(({ index, reason, field }) =>
        field === '' ? { index, reason } : { index, reason, field },
      ),
}

export function createIngestRequestsTable(store: TableStore): IngestRequestsTable {
  const table = createRecordTable<IngestRequest>(store, 'ingest_requests', {
    key: text('key'),
    source: text('source'),
    bodyHash: text('body_hash'),
    firstOffset: number('first_offset'),
    lastOffset: number('last_offset'),
    accepted: number('accepted'),
    rejected: number('rejected'),
    errors: errorsField,
    atMs: time('at'),
  })
  return {
    put: request => table.insert([request]),
    async find(source, key) {
      const [request] = await table.select(
        'FINAL WHERE source = {source:String} AND key = {key:String} ORDER BY at DESC LIMIT 1',
        { source, key },
      )
      return request
    },
    above: (source, offset) =>
      table.select(
        'FINAL WHERE source = {source:String} AND last_offset > {offset:Int64} ORDER BY last_offset LIMIT 100000',
        { source, offset },
      ),
    async lastOffset(source) {
      const [row] = await selectCells(store, selectLastOffset, { source })
      return row === undefined ? -1 : Number(row[0])
    },
  }
}
