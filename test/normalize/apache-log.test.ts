import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { expect, test } from 'vitest'

import { aNormalizer } from '../support/normalize.ts'

const file = join(import.meta.dirname, '../fixtures/logs/apache-combined.log.gz')
const lines = gunzipSync(readFileSync(file)).toString().trimEnd().split('\n')

test('all ten thousand lines of a real web server become events', () => {
  const normalizer = aNormalizer()
  const results = lines.flatMap(line => normalizer.run(line))
  expect(lines).toHaveLength(10_000)
  expect(results.filter(result => 'reason' in result)).toEqual([])
  const events = results.flatMap(result => ('reason' in result ? [] : [result]))
  expect(events).toHaveLength(10_000)
  // Counted with cut, sort and uniq: addresses, and answers of each status.
  expect(new Set(events.map(({ ip }) => ip)).size).toBe(1_753)
  expect(events.filter(({ status }) => status === 200)).toHaveLength(statusCount(200))
  expect(events.every(({ entity }) => entity === 'address')).toBe(true)
  expect(events.filter(({ client }) => client === '').length).toBeLessThan(400)
  const routes = new Set(events.map(({ route }) => route))
  const paths = new Set(events.map(({ path }) => path))
  expect(routes.size).toBeLessThan(paths.size)
})

/** By the text of the lines alone. */
function statusCount(status: number): number {
  return lines.filter(line => line.includes(`" ${status} `)).length
}
