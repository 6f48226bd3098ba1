import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import {
  type BaselineColumn,
  type BaselineSnapshot,
  type BaselineValue,
  baselineColumns,
  populationColumns,
} from '../../src/domain/token-baseline.ts'
import type { Store } from '../../src/store/store.ts'
import { createTokenBaselinesTable } from '../../src/store/token-baselines.ts'
import { startTestStore, type TestStore } from '../support/clickhouse.ts'
import { monday, tokenOf } from '../support/records.ts'

let testStore: TestStore
let store: Store
beforeAll(async () => {
  testStore = await startTestStore()
  store = testStore.store
})
afterAll(async () => {
  await testStore?.close()
})
beforeEach(async () => {
  await testStore.truncate('token_baselines', 'baseline_snapshots')
})

const stream = { source: 'access', partition: 3 }

/** Values that tell columns and rows apart: lengths, signs and extremes differ. */
function cellOf({ name, type }: BaselineColumn, seed: number, length: number): BaselineValue {
  const ramp = Array.from({ length }, (_, at) => seed + at)
  if (type === 'String') return `${name}-${seed}-é😀`
  if (type === 'Array(String)') return ramp.map(n => `${name}-${n}`)
  if (type === 'Array(UInt16)') return Uint16Array.from(ramp, n => 65_535 - n)
  if (type === 'Array(UInt32)') return Uint32Array.from(ramp, n => 4_294_967_295 - n)
  if (type === 'Array(Float32)') return Float32Array.from(ramp, n => -n / 3)
  if (type === 'Array(Float64)') return Float64Array.from(ramp, n => n / 7)
  return -(seed + name.length / 3)
}

const rowOf = (columns: readonly BaselineColumn[], seed: number, changes: object = {}) => ({
  ...Object.fromEntries(
    columns.map((column, at) => [column.name, cellOf(column, seed, (seed + at) % 5)]),
  ),
  ...changes,
})
const aToken = (n: number, seed = n) =>
  rowOf(baselineColumns, seed, { token: tokenOf(n), entity: 'token', tenant: 'acme' })

const aSnapshot = (changes: Partial<BaselineSnapshot> = {}): BaselineSnapshot => ({
  stream,
  offset: 100,
  scorerVersion: '1',
  takenMs: monday,
  tokens: [aToken(1), aToken(2)],
  population: rowOf(populationColumns, 1),
  ...changes,
})

/** Plain objects with plain arrays: the rows that come back are views. */
const plainRow = (columns: readonly BaselineColumn[], row: Readonly<Record<string, unknown>>) =>
  Object.fromEntries(
    columns.map(({ name, type }) => [
      name,
      type.startsWith('Array') ? Array.from(row[name] as ArrayLike<unknown>) : row[name],
    ]),
  )
const plain = (snapshot: BaselineSnapshot | undefined) =>
  snapshot && {
    ...snapshot,
    tokens: snapshot.tokens
      .map(row => plainRow(baselineColumns, row))
      .sort((left, right) => (String(left['token']) < String(right['token']) ? -1 : 1)),
    population: plainRow(populationColumns, snapshot.population),
  }

const count = async (table: string) => {
  const answer = await store.client.query({
    query: `SELECT count() FROM ${table}`,
    format: 'JSONCompactEachRow',
  })
  return Number((await answer.json<[unknown]>())[0]?.[0])
}

test('a snapshot comes back as it was, column by column', async () => {
  const baselines = createTokenBaselinesTable(store)
  const snapshot = aSnapshot({ tokens: [aToken(1), aToken(2), aToken(15), aToken(255)] })
  await baselines.save(snapshot)
  await baselines.save(aSnapshot({ stream: { ...stream, partition: 4 }, tokens: [aToken(9)] }))

  const told: (readonly [tokens: number, share: number])[] = []
  const loaded = await baselines.load(stream, (...progress) => told.push(progress))
  expect(plain(loaded)).toEqual(plain(snapshot))
  expect(told).toEqual(told.toSorted(([one], [other]) => one - other))
  expect(told.at(-1)).toEqual([snapshot.tokens.length, 1])
  expect(await baselines.load({ source: 'other', partition: 3 })).toBeUndefined()
})

test('each token has its newest state, the population and the offset are the last', async () => {
  const baselines = createTokenBaselinesTable(store)
  const population = rowOf(populationColumns, 8)
  await baselines.save(aSnapshot())
  await baselines.save(aSnapshot({ offset: 200, tokens: [aToken(2, 77), aToken(3)] }))
  await baselines.save(aSnapshot({ offset: 300, takenMs: monday + 1, tokens: [], population }))

  const expected = aSnapshot({
    offset: 300,
    takenMs: monday + 1,
    tokens: [aToken(1), aToken(2, 77), aToken(3)],
    population,
  })
  expect(plain(await baselines.load(stream))).toEqual(plain(expected))
})

/** A client whose inserts into one table fail: what a crash at that point leaves. */
function failingAt(table: string): Store {
  const client = new Proxy(store.client, {
    get(target, key) {
      if (key !== 'exec') return Reflect.get(target, key)
      return (options: Parameters<Store['client']['exec']>[0]) => {
        if (options.query.includes(`INSERT INTO ${table} `)) throw new TypeError('crash')
        return target.exec(options)
      }
    },
  })
  return { ...store, client }
}

test('a save that dies before its commit row changes nothing, and is cleared away', async () => {
  const baselines = createTokenBaselinesTable(store)
  await baselines.save(aSnapshot())
  const died = createTokenBaselinesTable(failingAt('baseline_snapshots')).save(
    aSnapshot({ offset: 200, tokens: [aToken(2, 66), aToken(9)] }),
  )
  await expect(died).rejects.toThrow('crash')
  expect(await count('token_baselines')).toBe(4)

  expect(plain(await baselines.load(stream))).toEqual(plain(aSnapshot()))
  await baselines.prune()
  expect(await count('token_baselines')).toBe(4) // written after the last commit: may be under way

  const next = aSnapshot({ offset: 210, tokens: [aToken(2, 77)] })
  await baselines.save(next)
  await baselines.prune()
  expect(plain(await baselines.load(stream))).toEqual(
    plain({ ...next, tokens: [aToken(1), aToken(2, 77)] }),
  )
  expect(await count('token_baselines')).toBe(2)
})

test('pruning keeps what loads, and drops what was superseded', async () => {
  const baselines = createTokenBaselinesTable(store)
  const other = aSnapshot({ stream: { source: 'http.a', partition: 0 } })
  await baselines.save(other)
  await baselines.save(aSnapshot())
  await baselines.save(aSnapshot({ offset: 150, tokens: [aToken(2, 55)] }))
  await baselines.save(aSnapshot({ offset: 200, tokens: [aToken(2, 77), aToken(3)] }))
  await baselines.save(aSnapshot({ offset: 300, tokens: [] }))
  const before = plain(await baselines.load(stream))

  await baselines.prune()
  expect(await count('token_baselines')).toBe(3 + 2)
  expect(await count('baseline_snapshots')).toBe(3 + 1) // 150 is gone
  expect(plain(await baselines.load(stream))).toEqual(before)
  expect(plain(await baselines.load(other.stream))).toEqual(plain(other))

  await baselines.save(aSnapshot({ offset: 400, tokens: [aToken(1), aToken(2), aToken(3)] }))
  await baselines.prune()
  expect(await count('baseline_snapshots')).toBe(1 + 1)
})

test('a token that is not in a full snapshot has been forgotten', async () => {
  const baselines = createTokenBaselinesTable(store)
  await baselines.save(aSnapshot({ offset: 100 }))
  const full = aSnapshot({ offset: 200, tokens: [aToken(2, 77)] })
  await baselines.save({ ...full, isFull: true })
  await baselines.save(aSnapshot({ offset: 300, tokens: [aToken(3)] }))
  const state = aSnapshot({ offset: 300, tokens: [aToken(2, 77), aToken(3)] })
  expect(plain(await baselines.load(stream))).toEqual(plain(state))
  await baselines.prune()
  expect(await count('token_baselines')).toBe(2)
  expect(plain(await baselines.load(stream))).toEqual(plain(state))
})

test('state of another version of the scorer is not mixed in', async () => {
  const baselines = createTokenBaselinesTable(store)
  await baselines.save(aSnapshot({ offset: 900 }))
  const newer = aSnapshot({ offset: 10, scorerVersion: '2', tokens: [aToken(1, 50)] })
  await baselines.save(newer)
  expect(plain(await baselines.load(stream))).toEqual(plain(newer))
})

test('an owner that was replaced cannot turn the state back', async () => {
  const baselines = createTokenBaselinesTable(store)
  const owned = aSnapshot({ offset: 200, tokens: [aToken(1, 70), aToken(2, 70)] })
  await baselines.save(owned)
  await baselines.save(aSnapshot({ offset: 150, tokens: [aToken(1), aToken(2)] }))
  expect(plain(await baselines.load(stream))).toEqual(plain(owned))
})

test('100,000 tokens are saved and loaded', async () => {
  const tokens = Array.from({ length: 100_000 }, (_, n) => ({
    ...wideToken,
    token: (n * 42_949).toString(16).padStart(8, '0').padEnd(32, '0'),
  }))
  const baselines = createTokenBaselinesTable(store)
  const savedMs = performance.now()
  await baselines.save(aSnapshot({ tokens }))
  const loadedMs = performance.now()
  const snapshot = await baselines.load(stream)
  const endMs = performance.now()
  testStore.log.warn(
    { tokens: tokens.length, saveMs: loadedMs - savedMs, loadMs: endMs - loadedMs },
    'Baselines saved and loaded.',
  )
  expect(snapshot?.tokens.length).toBe(tokens.length)
  expect(new Set(snapshot?.tokens.map(row => row['token'])).size).toBe(tokens.length)
}, 180_000)

/** About as wide as a real one: 600 numbers in arrays. */
const wideToken = Object.fromEntries(
  baselineColumns.map(column => [column.name, cellOf(column, 1, 18)]),
)
