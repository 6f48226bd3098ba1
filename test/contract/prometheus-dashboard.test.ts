import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { createMetrics } from '../../src/telemetry/metrics.ts'
import { grafanaFolder } from '../support/dashboards.ts'

interface Panel {
  readonly title: string
  readonly description: string
  readonly datasource: unknown
  readonly gridPos: { readonly x: number; readonly y: number }
  readonly fieldConfig: { readonly defaults: { readonly unit: string } }
  readonly targets: readonly { readonly expr: string; readonly legendFormat: string }[]
}

const dashboard: { readonly uid: string; readonly panels: readonly Panel[] } = JSON.parse(
  readFileSync(join(grafanaFolder, 'prometheus/processes.json'), 'utf8'),
)

/** Labels of each series that the program has, by its name; `instance` and `job` are of Prometheus. */
const series = new Map<string, readonly string[]>()
for (const metric of createMetrics().registry.getMetricsAsArray()) {
  const { name, type } = metric
  const { labelNames = [] } = metric as { labelNames?: readonly string[] }
  const labels = [...labelNames, 'instance', 'job']
  const isHistogram = String(type) === 'histogram'
  if (!isHistogram) series.set(name, labels)
  else {
    for (const end of ['_sum', '_count']) series.set(name + end, labels)
    series.set(`${name}_bucket`, [...labels, 'le'])
  }
}

const functions = ['sum', 'max', 'rate', 'histogram_quantile', 'time', 'by']

/** Names of series in an expression, and labels that are asked of them. */
function readExpression(expr: string) {
  const names = [...expr.matchAll(/\btokenwatch_\w+/g)].map(([name]) => name)
  const labels = [...expr.matchAll(/\bby \(([^)]*)\)/g)].flatMap(([, list = '']) =>
    list.split(', '),
  )
  const matched = [...expr.matchAll(/[{,]\s*(\w+)=~?"/g)].map(([, label = '']) => label)
  const words = [...expr.replaceAll(/"[^"]*"|\[[^\]]*\]/g, '').matchAll(/\b([a-z_]+)\s*\(/g)]
  return { names, labels: [...labels, ...matched], called: words.map(([, word = '']) => word) }
}

test('the check sees the metrics', () => {
  expect(series.get('tokenwatch_insert_duration_seconds_bucket')).toContain('le')
  expect(series.get('tokenwatch_queue_depth')).toContain('queue')
  expect(dashboard.uid).toBe('tokenwatch-processes')
  expect(new Set(dashboard.panels.map(({ gridPos: { x, y } }) => `${x},${y}`)).size).toBe(
    dashboard.panels.length,
  )
})

describe.each(dashboard.panels)('$title', panel => {
  test('asks one question, with a unit, of a data source that is chosen', () => {
    expect(panel.description).toMatch(/\.$/)
    expect(panel.fieldConfig.defaults.unit).toMatch(/./)
    expect(panel.datasource).toEqual({ type: 'prometheus', uid: '$' + '{datasource}' })
    expect(panel.targets).toHaveLength(1)
  })

  test.each(panel.targets)(
    'asks for series and labels that there are',
    ({ expr, legendFormat }) => {
      const { names, labels, called } = readExpression(expr)
      expect(names).not.toEqual([])
      expect([...series.keys()]).toEqual(expect.arrayContaining(names))
      for (const name of names) expect(series.get(name)).toEqual(expect.arrayContaining(labels))
      expect(functions).toEqual(expect.arrayContaining(called))
      const shown = [...legendFormat.matchAll(/\{\{(\w+)\}\}/g)].map(([, label = '']) => label)
      expect(labels).toEqual(expect.arrayContaining(shown))
      expect(expr.split('(').length).toBe(expr.split(')').length)
    },
  )

  test.each(panel.targets)('shows of counters, which only rise, the rate', ({ expr }) => {
    const counters = readExpression(expr).names.filter(name =>
      /_(total|bucket|sum|count)$/.test(name),
    )
    for (const name of counters) {
      expect(expr).toMatch(new RegExp(`rate\\(${name}(\\{[^}]*\\})?\\[\\$__rate_interval\\]\\)`))
    }
  })
})
