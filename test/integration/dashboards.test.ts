import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { populationColumns } from '../../src/domain/token-baseline.ts'
import type { Store } from '../../src/store/store.ts'
import { createTokenBaselinesTable } from '../../src/store/token-baselines.ts'
import { startTestStore, type TestStore } from '../support/clickhouse.ts'
import { type Choice, expandQuery, readDashboards } from '../support/dashboards.ts'
import { fillNightCall, fillStore, shopToken } from '../support/filled-store.ts'

const DAY_MS = 86_400_000
const dashboards = readDashboards()

let testStore: TestStore
let store: Store
let all: Choice
beforeAll(async () => {
  testStore = await startTestStore()
  store = testStore.store
  const dayMs = await fillStore(store)
  await fillNightCall(store, dayMs)
  await createTokenBaselinesTable(store).save(anEmptySnapshot(dayMs))
  all = {
    fromMs: dayMs,
    toMs: dayMs + 3 * DAY_MS,
    intervalSeconds: 3_600,
    variables: { token: [shopToken] },
  }
})
afterAll(async () => {
  await testStore?.close()
})

/** As the user that dashboards log in as: what it may not read fails here. */
async function rowsOf(rawSql: string, choice: Choice): Promise<Record<string, unknown>[]> {
  const answer = await store.reader.query({
    query: expandQuery(rawSql, choice),
    format: 'JSONEachRow',
  })
  return answer.json()
}

describe.each(dashboards)('$title', ({ panels, templating }) => {
  test.each(panels)('$title', async ({ targets, type }) => {
    for (const { rawSql } of targets) {
      const rows = await rowsOf(rawSql, all)
      expect(rows).not.toEqual([])
      if (type === 'stat') {
        // A number, not an empty share.
        expect(Object.values(rows[0] ?? {}).map(value => typeof value)).toEqual(['number'])
      }
    }
  })

  test('every panel also runs for one tenant, one with a quote in its name', async () => {
    for (const tenant of ['acme', "o'neill"]) {
      const choice = { ...all, variables: { ...all.variables, tenant: [tenant] } }
      for (const { targets } of panels) {
        for (const { rawSql } of targets) await rowsOf(rawSql, choice)
      }
    }
  })

  test('variables have values', async () => {
    for (const { query } of templating.list) {
      if (typeof query === 'string') continue
      expect(await rowsOf(query.rawSql, all)).toEqual([{ tenant: 'acme' }, { tenant: 'umbrella' }])
    }
  })
})

test('the time range is obeyed: nothing is left of series in a range before the traffic', async () => {
  const before = { ...all, fromMs: all.fromMs - 10 * DAY_MS, toMs: all.fromMs - 9 * DAY_MS }
  for (const { panels } of dashboards) {
    for (const { type, targets, title } of panels) {
      if (type !== 'timeseries') continue
      for (const { rawSql } of targets) expect(await rowsOf(rawSql, before), title).toEqual([])
    }
  }
})

test('a chosen tenant leaves the others out', async () => {
  const traffic = dashboards.find(({ uid }) => uid === 'tokenwatch-traffic')
  const busiest = traffic?.panels.find(({ title }) => title === 'Which tokens are busiest?')
  const choice = { ...all, variables: { tenant: ['umbrella'] } }
  const rows = await rowsOf(busiest?.targets[0]?.rawSql ?? '', choice)
  expect(rows).toMatchObject([{ of_tenant: 'umbrella', calls: 1, refused_share: 1 }])
})

const anEmptySnapshot = (takenMs: number) => ({
  stream: { source: 'access', partition: 0 },
  offset: 8,
  scorerVersion: '1',
  takenMs,
  tokens: [],
  population: emptyPopulation,
})

const emptyPopulation = Object.fromEntries(
  populationColumns.map(({ name, type }) => [name, type === 'Float64' ? 0 : []]),
)
