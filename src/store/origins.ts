import type { SourcePosition, Stream } from '../domain/source-position.ts'
import { selectRows } from './rows.ts'
import type { Store } from './store.ts'
import { OF_STREAM, streamParameters } from './stream-owner.ts'

/**
 * How far each origin has come into a stream: the highest position of its stored events. Answered from a
 * projection; nothing for a stream whose events were not relayed.
 *
 * @throws PipelineError
 */
export async function readOrigins(
  store: Pick<Store, 'client'>,
  stream: Stream,
): Promise<readonly SourcePosition[]> {
  const rows = await selectRows<{ source: string; partition: number; last: [number, number] }>(
    store,
    `SELECT origin_source AS source, origin_partition AS partition,
       max((origin_offset, origin_index)) AS last
     FROM access_events
     WHERE ${OF_STREAM} AND origin_source != ''
     GROUP BY source, source_partition, origin_source, origin_partition`,
    streamParameters(stream),
    // An alias is the name of a column here: without this, WHERE would compare what is shown.
    { prefer_column_name_to_alias: 1 },
  )
  return rows.map(({ source, partition, last: [offset, index] }) => ({
    source,
    partition,
    offset,
    index,
  }))
}

/** Highest offsets of a gateways' stream that are stored, -1 for none. */
export interface StoredOffsets {
  /** Of the events that were read from it directly. */
  readonly direct: number
  /** Of the events that were relayed, over all streams of all internal topics. */
  readonly relayed: number
}

/** @throws PipelineError */
export async function readStoredOffsets(
  store: Pick<Store, 'client'>,
  stream: Stream,
): Promise<StoredOffsets> {
  const last = async (column: string, condition: string) => {
    const [answer] = await selectRows<{ offset: number }>(
      store,
      `SELECT if(count() = 0, -1, toInt64(max(${column}))) AS offset FROM access_events WHERE ${condition}`,
      streamParameters(stream),
    )
    return answer?.offset ?? -1
  }
  const ofOrigin = 'origin_source = {source:String} AND origin_partition = {partition:UInt16}'
  const [direct, relayed] = await Promise.all([
    last('source_offset', OF_STREAM),
    last('origin_offset', ofOrigin),
  ])
  return { direct, relayed }
}
