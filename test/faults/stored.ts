import type { Stream } from '../../src/domain/source-position.ts'
import {
  type BaselineColumn,
  type BaselineValue,
  baselineColumns,
  populationColumns,
  type TokenBaselineRow,
} from '../../src/domain/token-baseline.ts'
import { rollups } from '../../src/store/rollups.ts'
import { selectRows } from '../../src/store/rows.ts'
import type { Store } from '../../src/store/store.ts'
import { createTokenBaselinesTable } from '../../src/store/token-baselines.ts'

/** Rows of a difference that are printed. */
const SHOWN_MAX = 3
const CHARACTERS_MAX = 600

/** What must be the same in two databases: name, and a SELECT of it, without what the clock says. */
export interface Content {
  readonly name: string
  readonly select: (database: string) => string
}

export const eventContent: Content = {
  name: 'access_events',
  select: db => `SELECT * EXCEPT ingest_date FROM ${db}.access_events`,
}

/** Events, rollups, findings and incidents. Days of ingestion are by the clock, the rest is by the input. */
export async function contents(store: Store): Promise<readonly Content[]> {
  return [
    eventContent,
    ...(await Promise.all(rollups.map(name => rollupContent(store, name)))),
    {
      name: 'findings',
      select: db => `SELECT * EXCEPT recorded_at FROM ${db}.findings FINAL`,
    },
    {
      name: 'incidents',
      select: db => `
        SELECT * EXCEPT (at, opened_at, updated_at) FROM ${db}.incident_events
        WHERE (incident_id, version) IN (
          SELECT incident_id, max(version) FROM ${db}.incident_events GROUP BY incident_id)
        LIMIT 1 BY incident_id`,
    },
    {
      name: 'dead_letters',
      select: db => `
        SELECT source, source_partition, source_offset, source_index, reason
        FROM ${db}.dead_letters GROUP BY ALL`,
    },
  ]
}

async function rollupContent(store: Store, name: string): Promise<Content> {
  const columns = await selectRows<{ name: string; type: string }>(store, `DESCRIBE TABLE ${name}`)
  const kept = columns.filter(column => column.name !== 'ingest_date')
  const merges = kept.map(column => ({
    ...column,
    merge: /^SimpleAggregateFunction\((\w+),/.exec(column.type)?.[1],
  }))
  const keys = merges.filter(({ merge }) => merge === undefined)
  const shown = merges.map(column =>
    column.merge === undefined
      ? column.name
      : `${column.merge}(stored.${column.name}) AS ${column.name}`,
  )
  return {
    name,
    select: db =>
      `SELECT ${shown.join(', ')} FROM ${db}.${name} AS stored GROUP BY ${keys.map(key => key.name).join(', ')}`,
  }
}

/**
 * Rows that one side has and the other has not, or not as often: in words, nothing when there are none.
 *
 * @param only - limits both sides: a condition over the columns
 */
export async function differenceOf(
  store: Store,
  content: Content,
  sides: { readonly expected: string; readonly seen: string; readonly only?: string | undefined },
): Promise<string[]> {
  const where = sides.only === undefined ? '' : `WHERE ${sides.only}`
  const side = (database: string, sign: number) =>
    `SELECT *, ${sign} AS side FROM (${content.select(database)}) ${where}`
  const rows = await selectRows<{ balance: number; row: string }>(
    store,
    `SELECT balance, row FROM (
       SELECT toInt64(sum(side)) AS balance, formatRowNoNewline('JSONEachRow', * EXCEPT side) AS row
       FROM (${side(sides.expected, -1)} UNION ALL ${side(sides.seen, 1)})
       GROUP BY row HAVING balance != 0)
     ORDER BY row LIMIT 200`,
  )
  if (rows.length === 0) return []
  const shown = rows.slice(0, SHOWN_MAX).map(({ balance, row }) => {
    const what = balance > 0 ? `${balance} too many` : `${-balance} missing`
    return `${content.name}: ${what}: ${row.slice(0, CHARACTERS_MAX)}`
  })
  const count = rows.length === 200 ? '200 or more' : String(rows.length)
  return [`${content.name}: ${count} rows differ`, ...shown]
}

/** How the last saved baselines of a stream differ: by token and column. */
export async function baselineDifferences(
  stores: { readonly expected: Store; readonly seen: Store },
  stream: Stream,
): Promise<string[]> {
  const [expected, seen] = await Promise.all(
    [stores.expected, stores.seen].map(store => createTokenBaselinesTable(store).load(stream)),
  )
  const name = `baselines of ${stream.source}/${stream.partition}`
  if (expected === undefined || seen === undefined) {
    return expected === seen ? [] : [`${name}: ${seen === undefined ? 'none' : 'unexpected ones'}`]
  }
  const differences =
    expected.offset === seen.offset
      ? []
      : [`${name}: saved up to offset ${seen.offset}, expected ${expected.offset}`]
  differences.push(
    ...columnDifferences(`${name}: population`, populationColumns, [
      expected.population,
      seen.population,
    ]),
  )
  differences.push(...tokenDifferences(name, expected.tokens, seen.tokens))
  return differences.length > 12
    ? [...differences.slice(0, 12), `${name}: ${differences.length} differences in all`]
    : differences
}

function tokenDifferences(
  name: string,
  expected: readonly TokenBaselineRow[],
  seen: readonly TokenBaselineRow[],
): string[] {
  const byToken = (tokens: readonly TokenBaselineRow[]) =>
    new Map(tokens.map(row => [String(row['token']), row]))
  const [ours, theirs] = [byToken(expected), byToken(seen)]
  return [...new Set([...ours.keys(), ...theirs.keys()])].flatMap(token => {
    const [one, other] = [ours.get(token), theirs.get(token)]
    if (one !== undefined && other !== undefined) {
      return columnDifferences(`${name}: token ${token}`, baselineColumns, [one, other])
    }
    return [`${name}: token ${token} ${other === undefined ? 'missing' : 'unexpected'}`]
  })
}

type Values = Readonly<Record<string, BaselineValue | undefined>>

function columnDifferences(
  name: string,
  columns: readonly BaselineColumn[],
  [expected, seen]: readonly [Values, Values],
): string[] {
  return columns.flatMap(column => {
    const [one, other] = [expected[column.name], seen[column.name]].map(valueText)
    return one === other
      ? []
      : [`${name}: ${column.name} is ${other?.slice(0, 120)}, expected ${one?.slice(0, 120)}`]
  })
}

const valueText = (value: BaselineValue | undefined) =>
  typeof value === 'object' ? JSON.stringify(Array.from<unknown>(value)) : JSON.stringify(value)

/** Rows of what a comparison is about, by table. */
export async function countRows(store: Store): Promise<Record<string, number>> {
  const tables = ['access_events', ...rollups, 'findings', 'incident_events', 'baseline_snapshots']
  const rows = await selectRows<{ name: string; rows: number }>(
    store,
    tables
      .map(name => `SELECT '${name}' AS name, toUInt32(count()) AS rows FROM ${name}`)
      .join(' UNION ALL '),
  )
  return Object.fromEntries(rows.map(({ name, rows }) => [name, rows]))
}
