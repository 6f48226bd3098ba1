import type { DeadLetter, RejectReason } from '../domain/reject.ts'
import { number, optionalText, text, textList, time, word } from './record-fields.ts'
import { createRecordTable, selectCells, type TableStore, where } from './record-table.ts'

/** Rejects of one reason, over all that is kept (30 days). */
interface DeadLetterCount {
  readonly reason: RejectReason
  readonly count: number
  readonly lastReceivedMs: number
}

/** Records that became no event. One that is appended again, by a replay, is one row. */
export interface DeadLettersTable {
  append(letters: readonly DeadLetter[]): Promise<void>
  /** Newest first. */
  list(filter: {
    readonly reason?: RejectReason | undefined
    readonly source?: string | undefined
    readonly partition?: number | undefined
    readonly offset?: number | undefined
    readonly limit: number
  }): Promise<DeadLetter[]>
  /** Most frequent first. */
  counts(): Promise<DeadLetterCount[]>
}

/** uniqExact counts a position once before the merge that leaves one row of it, and after. */
const countByReason = `
SELECT reason, uniqExact(source, source_partition, source_offset, source_index) AS letters,
       toUnixTimestamp64Milli(max(received_at))
FROM dead_letters
GROUP BY reason
ORDER BY letters DESC, reason
LIMIT 1000`

export function createDeadLettersTable(store: TableStore): DeadLettersTable {
  const table = createRecordTable<DeadLetter>(store, 'dead_letters', {
    source: text('source'),
    partition: number('source_partition'),
    offset: number('source_offset'),
    index: number('source_index'),
    receivedMs: time('received_at'),
    reason: word('reason'),
    format: optionalText('format'),
    field: optionalText('field'),
    keys: textList('keys'),
    bytes: number('bytes'),
  })
  return {
    append: table.insert,
    list({ reason, source, partition, offset, limit }) {
      const conditions = where(
        reason !== undefined && 'reason = {reason:String}',
        source !== undefined && 'source = {source:String}',
        partition !== undefined && 'source_partition = {partition:UInt16}',
        offset !== undefined && 'source_offset = {offset:Int64}',
      )
      return table.select(
        `FINAL ${conditions}
         ORDER BY received_at DESC, source, source_partition, source_offset DESC, source_index
         LIMIT {limit:UInt32}`,
        { reason, source, partition, offset, limit },
      )
    },
    async counts() {
      const rows = await selectCells(store, countByReason, {})
      return rows.map(([reason, count, lastReceivedMs]) => ({
        reason: String(reason) as RejectReason,
        count: Number(count),
        lastReceivedMs: Number(lastReceivedMs),
      }))
    },
  }
}
