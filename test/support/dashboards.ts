import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

interface DataSourceReference {
  readonly type: string
  readonly uid: string
}

export interface PanelQuery {
  readonly refId: string
  readonly datasource: DataSourceReference
  readonly rawSql: string
  /** 0: time series, 1: table. */
  readonly format: number
  readonly queryType: string
}

export interface Panel {
  readonly id: number
  readonly type: string
  readonly title: string
  readonly description?: string
  readonly datasource: DataSourceReference
  readonly gridPos: {
    readonly x: number
    readonly y: number
    readonly w: number
    readonly h: number
  }
  readonly fieldConfig: { readonly defaults: { readonly unit?: string } }
  readonly targets: readonly PanelQuery[]
}

export interface Variable {
  readonly name: string
  readonly type: string
  readonly datasource?: DataSourceReference
  readonly query: string | { readonly rawSql: string }
}

export interface Dashboard {
  readonly file: string
  readonly uid: string
  readonly title: string
  readonly description: string
  readonly panels: readonly Panel[]
  readonly templating: { readonly list: readonly Variable[] }
}

export const grafanaFolder = join(import.meta.dirname, '../../dashboards/grafana')

/** All dashboards of the repository, as Grafana reads them. */
export function readDashboards(): readonly Dashboard[] {
  const folder = join(grafanaFolder, 'dashboards')
  const files = readdirSync(folder).filter(file => file.endsWith('.json'))
  return files.map(file => ({ ...JSON.parse(readFileSync(join(folder, file), 'utf8')), file }))
}

/** What a person has chosen on a dashboard. */
export interface Choice {
  readonly fromMs: number
  readonly toMs: number
  readonly intervalSeconds: number
  /** Values of the variables; those that are not named are on "All". */
  readonly variables: Readonly<Record<string, readonly string[]>>
}

/**
 * A query as Grafana and its ClickHouse plugin send it: variables and macros filled in.
 *
 * @throws RangeError when a macro or a variable is left that is not known here
 */
export function expandQuery(rawSql: string, choice: Choice): string {
  const { variables, intervalSeconds } = choice
  const from = `toDateTime(${Math.floor(choice.fromMs / 1_000)})`
  const to = `toDateTime(${Math.floor(choice.toMs / 1_000)})`
  const day = (ms: number) => `toDate('${new Date(ms).toISOString().slice(0, 10)}')`
  const expanded = rawSql
    .replaceAll(/\$__conditionalAll\((.+?), \$(\w+)\)/g, (_, condition: string, name: string) =>
      variables[name] === undefined ? '1=1' : condition,
    )
    .replaceAll(/\$\{(\w+):singlequote\}/g, (_, name: string) =>
      (variables[name] ?? []).map(value => `'${value.replaceAll("'", "\\'")}'`).join(','),
    )
    .replaceAll(/\$__timeFilter\((.+?)\)/g, `$1 >= ${from} AND $1 <= ${to}`)
    .replaceAll(
      /\$__dateFilter\((.+?)\)/g,
      `$1 >= ${day(choice.fromMs)} AND $1 <= ${day(choice.toMs)}`,
    )
    .replaceAll(
      /\$__timeInterval\((.+?)\)/g,
      `toStartOfInterval(toDateTime($1), INTERVAL ${intervalSeconds} second)`,
    )
    .replaceAll('$__interval_s', String(intervalSeconds))
  if (expanded.includes('$')) throw new RangeError(`not expanded: ${expanded}`)
  return expanded
}
