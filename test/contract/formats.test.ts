import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

import { formats } from '../../src/normalize/formats/index.ts'
import { aNormalizer } from '../support/normalize.ts'

const fixtures = join(import.meta.dirname, '../fixtures/formats')
const ids = formats.map(({ id }) => id)

const read = (id: string, file: string) => readFileSync(join(fixtures, id, file), 'utf8')
const linesOf = (id: string, file: string) => read(id, file).trim().split('\n')

/** What the README of the fixtures names: 192.0.2.10 is a trusted proxy. */
function resultsOf(id: string) {
  const normalizer = aNormalizer({ trustedProxies: ['192.0.2.10'] })
  return { normalizer, results: linesOf(id, 'records.jsonl').map(line => normalizer.run(line)) }
}

test('every format has fixtures, and every fixture a format', () => {
  const folders = readdirSync(fixtures, { withFileTypes: true })
  const names = folders.filter(entry => entry.isDirectory()).map(({ name }) => name)
  expect(names.toSorted()).toEqual(ids.toSorted())
  expect(new Set(ids).size).toBe(ids.length)
})

test.each(ids)('records of %s become what is expected of them', id => {
  const { results } = resultsOf(id)
  const expected = linesOf(id, 'expected.jsonl').map(line => JSON.parse(line))
  expect(results.length).toBeGreaterThan(0)
  // Through JSON, which drops what is undefined, as the expected lines were written.
  expect(JSON.parse(JSON.stringify(results))).toEqual(expected)
})

test.each(ids)('records of %s are claimed by that format alone', id => {
  const { normalizer } = resultsOf(id)
  expect(normalizer.formats().map(({ format }) => format)).toEqual([id])
  for (const record of linesOf(id, 'records.jsonl').flatMap(callsIn)) {
    const claimed = formats.filter(format =>
      format.kind === 'text'
        ? typeof record === 'string' && format.claims(record)
        : typeof record !== 'string' && format.claims(record),
    )
    expect(claimed.map(format => format.id)).toEqual([id])
  }
})

test.each(ids)('no credential in records of %s survives', id => {
  const secrets: readonly string[] = JSON.parse(read(id, 'secrets.json'))
  const records = read(id, 'records.jsonl')
  const results = JSON.stringify(resultsOf(id).results)
  expect(secrets.length).toBeGreaterThan(0)
  for (const secret of secrets) {
    expect(records).toContain(secret)
    expect(results).not.toContain(secret)
    expect(decodeURIComponent(results)).not.toContain(secret)
  }
})

test.each(ids)('records of %s say the same one by one, in an array and as bytes', id => {
  const lines = linesOf(id, 'records.jsonl')
  const strip = (results: readonly object[]) =>
    results.map(result => ({ ...result, offset: 0, index: 0, bytes: 0 }))
  const single = lines.flatMap(line => strip(aNormalizer().run(line)))
  const array = strip(aNormalizer().run(`[${lines.join(',')}]`))
  const bytes = lines.flatMap(line => strip(aNormalizer().run(Buffer.from(line))))
  expect(array).toEqual(single)
  expect(bytes).toEqual(single)
})

/** Calls of a fixture line, out of the wrappers that the fixtures use. */
function callsIn(line: string): (string | Readonly<Record<string, unknown>>)[] {
  const value: unknown = JSON.parse(line)
  const values: unknown[] = Array.isArray(value) ? value : [value]
  return values.map(item => {
    const record = item as Readonly<Record<string, unknown>>
    if (typeof record['raw'] === 'string') return record['raw']
    return typeof record['body'] === 'string' ? JSON.parse(record['body']) : record
  })
}
