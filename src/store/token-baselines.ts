import { randomUUID } from 'node:crypto'
import type { Stream } from '../domain/source-position.ts'
import {
  type BaselineSnapshot,
  baselineColumns,
  type PopulationRow,
  populationColumns,
  type TokenBaselineRow,
} from '../domain/token-baseline.ts'
import { createNativeEncoder, type RowColumn } from './native/native-encoder.ts'
import { readNative } from './native/native-reader.ts'
import { rowViews } from './native/row-views.ts'
import { readQuery } from './read-query.ts'
import { retryStore } from './retry.ts'
import { ONE_PART, selectRows, sendNative } from './rows.ts'
import { type CommittedSnapshot, chainOf, type SnapshotChain } from './snapshot-chain.ts'
import type { Store } from './store.ts'

/** Snapshots of what the scorer has learned, and how a stream's state is put together from them. */
export interface TokenBaselinesTable {
  /**
   * Stores a snapshot; it counts only when all of it is there. When this fails, the tokens in it are in no
   * snapshot: save the same one again, or all tokens the next time.
   *
   * @throws PipelineError
   */
  save(snapshot: BaselineSnapshot): Promise<void>
  /**
   * State of a stream from its committed snapshots, undefined when it has none. The rows are views: read
   * their columns by name. 100,000 tokens take some seconds, and about 3 KB each for as long as they live.
   *
   * @param onProgress - told of tokens loaded, and of their share, in [0, 1]
   * @throws PipelineError
   */
  load(
    stream: Stream,
    onProgress?: (tokens: number, share: number) => void,
  ): Promise<BaselineSnapshot | undefined>
  /**
   * Drops what newer snapshots supersede and what interrupted saves have left.
   *
   * @throws PipelineError
   */
  prune(): Promise<void>
}

/** Rows of one insert: about 60 MB, which the server holds at once. */
const ROWS_PER_INSERT = 20_000
/** Rows encoded in one turn of the event loop: some 20 ms. */
const ROWS_PER_BLOCK = 500
const ATTEMPTS_MAX = 3
/** Bounds of ranges of tokens, which are hexadecimal digits: a sixteenth of the answer at a time. */
const rangeBounds = ['', ...'123456789abcdef', 'g']

/** What places a row: the stream, how far it was read, and the snapshot that the row is part of. */
interface Placing {
  readonly stream: Stream
  readonly offset: number
  readonly takenMs: number
  readonly scorerVersion: string
  readonly snapshotId: string
}

const placingColumns = (placing: Placing): readonly RowColumn<unknown>[] => [
  { name: 'source', type: 'String', of: () => placing.stream.source },
  { name: 'source_partition', type: 'UInt16', of: () => placing.stream.partition },
  { name: 'source_offset', type: 'Int64', of: () => placing.offset },
  { name: 'snapshot_id', type: 'String', of: () => placing.snapshotId },
  { name: 'taken_at', type: 'DateTime64(3)', of: () => placing.takenMs },
  { name: 'scorer_version', type: 'String', of: () => placing.scorerVersion },
]

export function createTokenBaselinesTable(
  store: Pick<Store, 'client' | 'admin' | 'clock'>,
): TokenBaselinesTable {
  const queries = {
    load: readQuery('load-token-baselines').replace('{columns}', namesOf(baselineColumns)),
    pruneTokens: readQuery('prune-token-baselines'),
    pruneSnapshots: readQuery('prune-baseline-snapshots'),
  }
  let lastWrittenMs = 0
  /** Ascends also when two snapshots are written within one millisecond. */
  const nextId = () => {
    lastWrittenMs = Math.max(lastWrittenMs + 1, store.clock())
    return `${String(lastWrittenMs).padStart(14, '0')}-${randomUUID()}`
  }
  return {
    // Each attempt is a snapshot of its own: rows of one that failed are never committed.
    save: snapshot =>
      retryStore(() => save(store, snapshot, nextId()), { attemptsMax: ATTEMPTS_MAX }),
    async load(stream, onProgress = () => undefined) {
      const chain = chainOf(await readCommitted(store, stream))
      if (chain === undefined) return undefined
      const { offset, scorerVersion, takenMs } = chain.latest
      const population = await readPopulation(store, stream, chain)
      const tokens = await readTokens(store, queries.load, { stream, chain, onProgress })
      return { stream, offset, scorerVersion, takenMs, tokens, population }
    },
    async prune() {
      for (const stream of await readStreams(store)) await pruneStream(store, queries, stream)
    },
  }
}

const namesOf = (columns: readonly { name: string }[]) => columns.map(({ name }) => name).join(', ')

/** All rows of tokens, then the commit row. */
async function save(
  store: Pick<Store, 'client'>,
  snapshot: BaselineSnapshot,
  snapshotId: string,
): Promise<void> {
  const { stream, offset, takenMs, scorerVersion, tokens, population } = snapshot
  const placing = placingColumns({ stream, offset, takenMs, scorerVersion, snapshotId })
  const valueColumns = (columns: typeof baselineColumns) =>
    columns.map(({ name, type }) => ({
      name,
      type,
      of: (row: TokenBaselineRow | PopulationRow) => row[name],
    }))
  const tokenColumns = [...placing, ...valueColumns(baselineColumns)]
  for (let start = 0; start < tokens.length; start += ROWS_PER_INSERT) {
    const rows = tokens.slice(start, start + ROWS_PER_INSERT)
    await insert(store, 'token_baselines', tokenColumns, rows)
  }
  const tokenRows = { name: 'token_rows', type: 'UInt32', of: () => tokens.length }
  const isFull = { name: 'is_full', type: 'UInt8', of: () => (snapshot.isFull === true ? 1 : 0) }
  const commitColumns = [...placing, tokenRows, isFull, ...valueColumns(populationColumns)]
  await insert(store, 'baseline_snapshots', commitColumns, [population])
}

async function insert<Row>(
  store: Pick<Store, 'client'>,
  table: string,
  columns: readonly RowColumn<Row>[],
  rows: readonly Row[],
): Promise<void> {
  const encoder = createNativeEncoder<Row>(columns)
  const blocks = async function* () {
    for (let start = 0; start < rows.length; start += ROWS_PER_BLOCK) {
      yield encoder.encode(rows.slice(start, start + ROWS_PER_BLOCK))
      await new Promise(resolve => setImmediate(resolve))
    }
  }
  const query = `INSERT INTO ${table} (${namesOf(columns)}) FORMAT Native`
  await sendNative(store, { query, blocks: blocks(), settings: ONE_PART })
}

const selectCommitted = `
SELECT snapshot_id AS id, source_offset AS offset, scorer_version AS scorerVersion,
       toUnixTimestamp64Milli(taken_at) AS takenMs, is_full = 1 AS isFull
FROM baseline_snapshots
WHERE source = {source:String} AND source_partition = {partition:UInt16}
LIMIT 100000`

const readCommitted = (store: Pick<Store, 'client'>, stream: Stream) =>
  reading(() => selectRows<CommittedSnapshot>(store, selectCommitted, { ...stream }))

const readStreams = (store: Pick<Store, 'client'>) =>
  reading(() =>
    selectRows<Stream>(
      store,
      `SELECT source, source_partition AS partition
       FROM baseline_snapshots GROUP BY source, source_partition LIMIT 100000`,
    ),
  )

const reading = <Value>(read: () => Promise<Value>) =>
  retryStore(read, { attemptsMax: ATTEMPTS_MAX })

async function readPopulation(
  store: Pick<Store, 'client'>,
  stream: Stream,
  chain: SnapshotChain,
): Promise<PopulationRow> {
  const query = `
    SELECT ${namesOf(populationColumns)}
    FROM baseline_snapshots
    WHERE source = {source:String} AND source_partition = {partition:UInt16}
      AND snapshot_id = {id:String}
    LIMIT 1
    FORMAT Native`
  const parameters = { ...stream, id: chain.latest.id }
  const rows = await selectViews<PopulationRow>(store, query, parameters)
  return rows[0] ?? {}
}

async function readTokens(
  store: Pick<Store, 'client'>,
  query: string,
  {
    stream,
    chain,
    onProgress,
  }: {
    readonly stream: Stream
    readonly chain: SnapshotChain
    readonly onProgress: (tokens: number, share: number) => void
  },
): Promise<readonly TokenBaselineRow[]> {
  const tokens: TokenBaselineRow[] = []
  for (const [index, to] of rangeBounds.slice(1).entries()) {
    const parameters = { ...stream, ids: chain.ids, from: rangeBounds[index] ?? '', to }
    for (const row of await selectViews<TokenBaselineRow>(store, query, parameters)) {
      tokens.push(row)
    }
    onProgress(tokens.length, (index + 1) / (rangeBounds.length - 1))
  }
  return tokens
}

function selectViews<Row extends object>(
  store: Pick<Store, 'client'>,
  query: string,
  parameters: Record<string, unknown>,
): Promise<Row[]> {
  return reading(async () => {
    const { stream } = await store.client.exec({ query, query_params: parameters })
    const chunks: Buffer[] = []
    for await (const chunk of stream) chunks.push(chunk as Buffer)
    return readNative(Buffer.concat(chunks)).flatMap(block => rowViews<Row>(block))
  })
}

async function pruneStream(
  store: Pick<Store, 'client' | 'admin'>,
  queries: { readonly pruneTokens: string; readonly pruneSnapshots: string },
  stream: Stream,
): Promise<void> {
  const committed = await readCommitted(store, stream)
  const chain = chainOf(committed)
  const newest = chain?.ids.at(-1)
  if (chain === undefined || newest === undefined) return
  const parameters = { ...stream, newest, ids: chain.ids, latest: chain.latest.id }
  for (const query of [queries.pruneTokens, queries.pruneSnapshots]) {
    await reading(() =>
      store.admin.command({
        query,
        query_params: parameters,
        clickhouse_settings: { mutations_sync: '1' },
      }),
    )
  }
}
