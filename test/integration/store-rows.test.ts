import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { insertRows, selectColumns, selectRows } from '../../src/store/rows.ts'
import { startTestStore, type TestStore } from '../support/clickhouse.ts'

let db: TestStore
beforeAll(async () => {
  db = await startTestStore()
})
afterAll(() => db.close())

const columns = [
  { name: 'id', type: 'UInt32' },
  { name: 'u8', type: 'UInt8' },
  { name: 'u16', type: 'UInt16' },
  { name: 'u64', type: 'UInt64' },
  { name: 'i64', type: 'Int64' },
  { name: 'i16', type: 'Int16' },
  { name: 'f32', type: 'Float32' },
  { name: 'f64', type: 'Float64' },
  { name: 'yes', type: 'Bool' },
  { name: 'at', type: "DateTime64(3, 'UTC')" },
  { name: 'second', type: "DateTime('UTC')" },
  { name: 'day', type: 'Date' },
  { name: 'token', type: 'UUID' },
  { name: 'ip', type: 'IPv6' },
  { name: 'text', type: 'String' },
  { name: 'word', type: 'LowCardinality(String)' },
  { name: 'maybe', type: 'Nullable(UInt64)' },
  { name: 'maybe_cost', type: 'Nullable(Float64)' },
  { name: 'maybe_at', type: "Nullable(DateTime64(3, 'UTC'))" },
  { name: 'numbers', type: 'Array(Float32)' },
  { name: 'words', type: 'Array(LowCardinality(String))' },
  { name: 'grid', type: 'Array(Array(UInt16))' },
]

const text = fc.string({ unit: 'binary', maxLength: 60 })
const hex = fc.stringMatching(/^[0-9a-f]{32}$/)
const float32 = fc.float({ noNaN: true, noDefaultInfinity: true }).map(value => value + 0)
const float64 = fc.double({ noNaN: true, noDefaultInfinity: true }).map(value => value + 0)
const milliseconds = fc.integer({ min: 0, max: 4_102_444_800_000 })
const maybe = <Value>(of: fc.Arbitrary<Value>) => fc.option(of, { nil: null })

const row = fc.record({
  u8: fc.integer({ min: 0, max: 255 }),
  u16: fc.integer({ min: 0, max: 65_535 }),
  u64: fc.maxSafeNat(),
  i64: fc.maxSafeInteger(),
  i16: fc.integer({ min: -32_768, max: 32_767 }),
  f32: float32,
  f64: float64,
  yes: fc.boolean(),
  at: milliseconds,
  second: fc.integer({ min: 0, max: 4_294_967_295 }),
  day: fc.integer({ min: 0, max: 65_535 }),
  token: hex,
  ip: fc.oneof(
    fc.ipV4(),
    fc.constantFrom('', '2001:db8::1', '2001:db8:0:1::', 'fe80::1:0:0:7', '1:2:3:4:5:6:7:8'),
  ),
  text,
  word: fc.oneof(text, fc.constantFrom('', 'GET', 'POST')),
  maybe: maybe(fc.maxSafeNat()),
  maybe_cost: maybe(float64),
  maybe_at: maybe(milliseconds),
  numbers: fc.array(float32, { maxLength: 4 }),
  words: fc.array(fc.oneof(text, fc.constantFrom('read', 'write')), { maxLength: 3 }),
  grid: fc.array(fc.array(fc.nat(65_535), { maxLength: 3 }), { maxLength: 3 }),
})

test('what is inserted in Native comes back as it was', async () => {
  const types = columns.map(({ name, type }) => `${name} ${type}`).join(', ')
  await db.store.admin.command({
    query: `CREATE TABLE round_trip (${types}) ENGINE = MergeTree ORDER BY id`,
  })
  const numbered = fc
    .array(row, { minLength: 1, maxLength: 40 })
    .map(rows => rows.map((values, id) => ({ id, ...values })))
  await fc.assert(
    fc.asyncProperty(numbered, async rows => {
      await db.truncate('round_trip')
      await insertRows(db.store, 'round_trip', columns, rows)
      const stored = await selectColumns<{ f32: number; numbers: number[] }>(
        db.store,
        'round_trip',
        columns,
        'ORDER BY id',
      )
      // JSON has the shortest decimal of a 32-bit number, which as a 64-bit number is another one.
      const rounded = stored.map(values => ({
        ...values,
        f32: Math.fround(values.f32),
        numbers: values.numbers.map(Math.fround),
      }))
      expect(rounded).toEqual(rows)
    }),
    { numRuns: 40 },
  )
})

test('blocks of an insert become one part, with dictionaries of every width', async () => {
  await db.store.admin.command({
    query:
      'CREATE TABLE many (id UInt32, word LowCardinality(String), label LowCardinality(String)) ENGINE = MergeTree ORDER BY id',
  })
  const rows = Array.from({ length: 70_000 }, (_, id) => ({
    id,
    word: `word ${id}`,
    label: `label ${id % 300}`,
  }))
  const types = [
    { name: 'id', type: 'UInt32' },
    { name: 'word', type: 'LowCardinality(String)' },
    { name: 'label', type: 'LowCardinality(String)' },
  ]
  await insertRows(db.store, 'many', types, rows)
  const [result] = await selectRows<object>(
    { client: db.store.admin },
    `SELECT count() AS rows, uniqExact(word) AS words, uniqExact(label) AS labels, countIf(word != concat('word ', toString(id))) AS wrong,
       uniqExact(_part) AS parts FROM many`,
  )
  expect(result).toEqual({ rows: 70_000, words: 70_000, labels: 300, wrong: 0, parts: 1 })
})

test('a value that its column cannot hold is refused by name, before anything is stored', async () => {
  const bad = [{ id: 1 }, { id: -1 }]
  const insert = insertRows(db.store, 'many', [{ name: 'id', type: 'UInt32' }], bad)
  await expect(insert).rejects.toThrow('column id: not a number from 0 to 4294967295')
})
