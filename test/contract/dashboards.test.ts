import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { grafanaFolder, readDashboards } from '../support/dashboards.ts'

const dashboards = readDashboards()
const clickHouse = { type: 'grafana-clickhouse-datasource', uid: '$' + '{datasource}' }

test('there is one for each of the subjects', () => {
  expect(dashboards.map(({ file }) => file)).toEqual([
    'endpoints.json',
    'hours.json',
    'incidents-and-actions.json',
    'networks.json',
    'pipeline-health.json',
    'token.json',
    'traffic-and-risk.json',
  ])
  const uids = dashboards.map(({ uid }) => uid)
  expect(new Set(uids).size).toBe(uids.length)
})

describe.each(dashboards)('$file', dashboard => {
  const { uid, title, description, panels, templating } = dashboard

  test('has a stable id, a title and a description', () => {
    expect(uid).toMatch(/^tokenwatch-[a-z]+$/)
    expect(title).toMatch(/^tokenwatch: /)
    expect(description).toMatch(/\.$/)
  })

  test('names its data source by a variable only', () => {
    const [first] = templating.list
    expect(first).toMatchObject({ name: 'datasource', type: 'datasource', query: clickHouse.type })
    for (const variable of templating.list) {
      if (variable.type === 'query') expect(variable.datasource).toEqual(clickHouse)
    }
    for (const panel of panels) {
      expect(panel.datasource).toEqual(clickHouse)
      for (const target of panel.targets) expect(target.datasource).toEqual(clickHouse)
    }
  })

  test('knows every variable that its queries use', () => {
    const names = templating.list.map(({ name }) => name)
    const used = JSON.stringify(panels.map(({ targets }) => targets)).matchAll(
      /\$\{(\w+)[:}]|, \$(\w+)\)/g,
    )
    for (const [, braced, plain] of used) expect(names).toContain(braced ?? plain)
  })

  test('no two panels overlap', () => {
    const cells = new Set<string>()
    for (const { gridPos, title: panelTitle } of panels) {
      expect(gridPos.x + gridPos.w).toBeLessThanOrEqual(24)
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++) {
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
          expect(cells.has(`${x},${y}`), panelTitle).toBe(false)
          cells.add(`${x},${y}`)
        }
      }
    }
  })

  test.each(panels)('$title', panel => {
    expect(panel.title).not.toBe('')
    expect(panel.description).toMatch(/\.$/)
    expect(panel.fieldConfig.defaults.unit).toMatch(/./)
    expect(panel.targets).toHaveLength(1)
    for (const { rawSql, format, queryType } of panel.targets) {
      expect(rawSql).toMatch(/^(SELECT|WITH)\b/)
      expect(rawSql).not.toMatch(/SELECT \*/)
      const isSeries = panel.type === 'timeseries'
      expect({ format, queryType }).toEqual(
        isSeries ? { format: 0, queryType: 'timeseries' } : { format: 1, queryType: 'table' },
      )
      if (isSeries) expect(rawSql).toMatch(/\bAS time\b[\s\S]*ORDER BY time/)
      // Without a range of time there is at least a bound on the rows, or it is one number.
      const isBounded = /\$__(time|date)Filter|LIMIT \d+$/.test(rawSql) || panel.type === 'stat'
      expect(isBounded).toBe(true)
    }
  })
})

test('Grafana is provisioned with them, and with no secret', () => {
  const folder = join(grafanaFolder, 'provisioning')
  const read = (path: string) => parse(readFileSync(join(folder, path), 'utf8'))
  expect(readdirSync(folder).sort()).toEqual(['dashboards', 'datasources'])
  const { datasources } = read('datasources/clickhouse.yaml')
  expect(datasources).toHaveLength(1)
  expect(datasources[0].type).toBe(clickHouse.type)
  expect(datasources[0].secureJsonData.password).toMatch(/^\$[A-Z_]+$/)
  expect(read('dashboards/tokenwatch.yaml').providers[0]).toMatchObject({ type: 'file' })
})
