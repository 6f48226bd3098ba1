import { expect, test } from 'vitest'
import { fillIn, parseMigration, readMigrations } from '../../src/store/migration-files.ts'

test('a migration is read without comments, and its checksum covers them', () => {
  const one = parseMigration('0007_create_things.sql', '-- why\nCREATE TABLE things (a UInt8)\n;\n')
  const other = parseMigration(
    '0007_create_things.sql',
    '-- because\nCREATE TABLE things (a UInt8)\n;\n',
  )
  expect(one).toMatchObject({
    version: 7,
    name: '0007_create_things',
    statement: 'CREATE TABLE things (a UInt8)\n',
  })
  expect(other.statement).toBe(one.statement)
  expect(other.checksum).not.toBe(one.checksum)
})

test.each([
  ['7_create_things.sql', 'SELECT 1', 'NNNN_verb_noun'],
  ['0007_Things.sql', 'SELECT 1', 'NNNN_verb_noun'],
  ['0007_create_things.sql', '-- nothing\n', 'exactly one statement'],
  ['0007_create_things.sql', 'SELECT 1;\nSELECT 2;', 'exactly one statement'],
])('%s with %j is refused', (file, content, complaint) => {
  expect(() => parseMigration(file, content)).toThrow(complaint)
})

test('only database and retention are filled in', () => {
  const statement =
    'CREATE TABLE {database}.t (a UInt8) TTL b + INTERVAL {retention_days} DAY -- {name:String}'
  expect(fillIn(statement, { database: 'tokenwatch_test', retentionDays: 30 })).toBe(
    'CREATE TABLE tokenwatch_test.t (a UInt8) TTL b + INTERVAL 30 DAY -- {name:String}',
  )
})

test('every migration of the program may be run again after a crash', () => {
  for (const { name, statement } of readMigrations()) {
    expect({ name, statement }).toMatchObject({
      statement: expect.stringMatching(/IF NOT EXISTS|OR REPLACE|IF EXISTS/),
    })
  }
})
