import { PipelineError } from '../domain/pipeline-error.ts'
import { type Rollup, rollups } from './rollups.ts'
import { ONE_PART, selectRows } from './rows.ts'
import type { Store } from './store.ts'
import {
  command,
  FENCE,
  OF_STREAM,
  type Ownership,
  streamParameters,
  writeId,
} from './stream-owner.ts'

/**
 * How far the stream is stored: the last offset, -1 for none. When its events have all outlived their time,
 * the rollups that are kept for good still know.
 */
export async function readWatermark(store: Store, ownership: Ownership): Promise<number> {
  const stored = await lastOffset(store, ownership, 'access_events', 'source_offset')
  if (stored >= 0) return stored
  const offsets = await Promise.all(
    rollups.map(rollup => lastOffset(store, ownership, rollup, 'last_offset')),
  )
  return Math.max(-1, ...offsets)
}

/**
 * Adds to every rollup what it missed of the stream's events. After a crash a rollup may lag behind them,
 * because the part of the events is always the first to be committed; it can never lead.
 *
 * @returns rollups that lagged
 * @throws PipelineError store_rollup_ahead when one leads all the same: its counts cannot be trusted
 */
export async function repairRollups(
  store: Store,
  ownership: Ownership,
  watermark: number,
): Promise<readonly Rollup[]> {
  const lagging: Rollup[] = []
  for (const rollup of rollups) {
    const done = await lastOffset(store, ownership, rollup, 'last_offset')
    if (done > watermark) {
      throw new PipelineError(
        'store_rollup_ahead',
        `${rollup} has offset ${done} of ${ownership.stream.source}, the events end at ${watermark}.`,
      )
    }
    if (done === watermark) continue
    lagging.push(rollup)
    await catchUp(store, ownership, rollup, { done, watermark })
  }
  return lagging
}

async function lastOffset(
  store: Store,
  { stream }: Ownership,
  table: string,
  column: string,
): Promise<number> {
  // Answered from the projection. count() tells "nothing" from "up to offset 0".
  const [answer] = await selectRows<{ offset: number }>(
    store,
    `SELECT if(count() = 0, -1, toInt64(max(${column}))) AS offset FROM ${table} WHERE ${OF_STREAM}`,
    streamParameters(stream),
  )
  return answer?.offset ?? -1
}

async function catchUp(
  store: Store,
  ownership: Ownership,
  rollup: Rollup,
  { done, watermark }: { readonly done: number; readonly watermark: number },
): Promise<void> {
  const { select, columns } = await readView(store, rollup)
  for (let after = done; after < watermark; ) {
    const until = await endOfDate(store, ownership, after, watermark)
    const range = `${OF_STREAM} AND source_offset > {after:Int64} AND source_offset <= {until:Int64}`
    await command(
      store,
      `INSERT INTO ${rollup} (${columns.join(', ')}) ${limited(select, `${range} AND ${FENCE}`)}`,
      { ...streamParameters(ownership.stream), owner: ownership.owner, after, until },
      { id: writeId(store, ownership), settings: ONE_PART },
    )
    after = until
  }
}

/** The view's own SELECT: the view and its repair cannot drift apart. */
async function readView(store: Store, rollup: Rollup) {
  const parameters = { view: `${rollup}_mv`, database: store.database }
  const [view] = await selectRows<{ query: string }>(
    store,
    `SELECT as_select AS query FROM system.tables
     WHERE database = {database:String} AND name = {view:String}`,
    parameters,
  )
  if (view === undefined) throw new PipelineError('store_refused', `${rollup}_mv is missing.`)
  const columns = await selectRows<{ name: string }>(store, `DESCRIBE TABLE ${rollup}_mv`)
  return { select: view.query, columns: columns.map(({ name }) => name) }
}

/** A condition before the last GROUP BY. */
function limited(select: string, condition: string): string {
  const at = select.lastIndexOf('GROUP BY')
  if (at < 0) throw new PipelineError('store_refused', 'The SELECT of a rollup has no GROUP BY.')
  return `${select.slice(0, at)} WHERE ${condition} ${select.slice(at)}`
}

/**
 * Last offset of the run with the ingest date of the first event after `after`. A repair spans one date:
 * two would be two parts of a rollup that is partitioned by date, and two parts are not stored as one.
 */
async function endOfDate(
  store: Store,
  { stream }: Ownership,
  after: number,
  watermark: number,
): Promise<number> {
  const [answer] = await selectRows<{ until: number }>(
    store,
    `WITH (
       SELECT argMin(ingest_date, source_offset)
       FROM access_events
       WHERE ${OF_STREAM} AND source_offset > {after:Int64}
     ) AS first_date
     SELECT toInt64(if(countIf(ingest_date != first_date) = 0,
       {watermark:Int64},
       toInt64(minIf(source_offset, ingest_date != first_date)) - 1)) AS until
     FROM access_events
     WHERE ${OF_STREAM} AND source_offset > {after:Int64}`,
    { ...streamParameters(stream), after, watermark },
  )
  return answer?.until ?? watermark
}
