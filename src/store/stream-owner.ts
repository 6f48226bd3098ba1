import { randomUUID } from 'node:crypto'
import type { ClickHouseSettings } from '@clickhouse/client'
import { PipelineError } from '../domain/pipeline-error.ts'
import type { Stream } from '../domain/source-position.ts'
import { pause } from './retry.ts'
import { selectRows } from './rows.ts'
import type { Store } from './store.ts'
import { FENCED, toPipelineError } from './to-pipeline-error.ts'

/** Turns of killing; a replaced owner may start another write meanwhile, which then meets the fence. */
const KILL_TURNS_MAX = 100
const KILL_WAIT_MS = 50
/** Newcomers that enter at the same moment have the same epoch; the loser enters once more. */
const CLAIMS_MAX = 5

/** Rows of one stream, with the parameters of `streamParameters`. */
export const OF_STREAM = 'source = {source:String} AND source_partition = {partition:UInt16}'

const CURRENT = 'argMax(ingest_owner.owner, (epoch, ingest_owner.owner))'

/** True for the owner's writes; else the server refuses the whole statement. Every write carries it. */
export const FENCE = `throwIf((
  SELECT ${CURRENT} FROM ingest_owner WHERE ${OF_STREAM}
) != {owner:String}, '${FENCED}') = 0`

/** One process's right to write one stream. */
export interface Ownership {
  readonly stream: Stream
  readonly owner: string
}

export const streamParameters = ({ source, partition }: Stream) => ({ source, partition })

/** What the ids of all writes of a stream start with: by it a later owner finds and ends them. */
export function queryIdPrefix({ database }: Pick<Store, 'database'>, stream: Stream): string {
  return `ing:${database}:${encodeURIComponent(stream.source)}:${stream.partition}:`
}

/** Unique, and found by a later owner. */
export function writeId(store: Pick<Store, 'database'>, { stream, owner }: Ownership): string {
  return `${queryIdPrefix(store, stream)}${owner}:${randomUUID()}`
}

/**
 * Takes the stream: from now on the writes of every earlier owner are refused, and none is running.
 *
 * @param previous - when it is to be taken again: the owners of which one must still hold it
 * @throws PipelineError store_fenced when none of `previous` does
 */
export async function takeStream(
  store: Store,
  ownership: Ownership,
  previous: readonly string[] | undefined,
): Promise<void> {
  await claim(store, ownership, previous)
  // Writes that passed the fence before: end them, and see that they are gone.
  const parameters = { prefix: queryIdPrefix(store, ownership.stream) }
  for (let turn = 1; ; turn++) {
    await command(store, 'KILL QUERY WHERE startsWith(query_id, {prefix:String}) SYNC', parameters)
    const [running] = await selectRows<{ queries: number }>(
      store,
      'SELECT count() AS queries FROM system.processes WHERE startsWith(query_id, {prefix:String})',
      parameters,
    )
    if (running?.queries === 0) return
    if (turn === KILL_TURNS_MAX) {
      throw new PipelineError('store_busy', 'A write of an earlier owner does not end.')
    }
    await pause(KILL_WAIT_MS)
  }
}

/** Enters the new owner with the next epoch. Of two with the same epoch the greater id owns. */
async function claim(
  store: Store,
  { stream, owner }: Ownership,
  previous: readonly string[] | undefined,
): Promise<void> {
  const parameters = { ...streamParameters(stream), owner, previous: previous ?? [] }
  const condition = previous === undefined ? '' : `HAVING has({previous:Array(String)}, ${CURRENT})`
  for (let attempt = 1; attempt <= CLAIMS_MAX; attempt++) {
    await command(
      store,
      `INSERT INTO ingest_owner (source, source_partition, epoch, owner)
       SELECT {source:String}, {partition:UInt16}, max(epoch) + 1, {owner:String}
       FROM ingest_owner
       WHERE ${OF_STREAM}
       ${condition}`,
      parameters,
    )
    const [current] = await selectRows<{ owner: string }>(
      store,
      `SELECT ${CURRENT} AS owner FROM ingest_owner WHERE ${OF_STREAM}`,
      parameters,
    )
    if (current?.owner === owner) return
    // A newcomer that lost a tie enters again; who held the stream before has been replaced.
    if (previous !== undefined) break
  }
  throw new PipelineError('store_fenced', 'Another process has taken this stream.')
}

/** A statement without rows. */
export async function command(
  { client }: Pick<Store, 'client'>,
  query: string,
  parameters: Record<string, unknown>,
  write?: { readonly id: string; readonly settings: ClickHouseSettings },
): Promise<void> {
  try {
    await client.command({
      query,
      query_params: parameters,
      ...(write !== undefined && { query_id: write.id, clickhouse_settings: write.settings }),
    })
  } catch (error) {
    throw toPipelineError(error)
  }
}
