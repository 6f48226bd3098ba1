import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Input, makeInput } from '../faults/input.ts'
import { cutResponse } from '../faults/kinds/cut-clickhouse.ts'
import { killClickhouse } from '../faults/kinds/kill-clickhouse.ts'
import { killConsumer } from '../faults/kinds/kill-consumer.ts'
import { zombie } from '../faults/kinds/zombie.ts'
import { type Reference, runReference, runRound, storedDifferences } from '../faults/run-round.ts'
import { sabotages } from '../faults/sabotage.ts'
import { openSite, type Site } from '../faults/site.ts'
import { isKafkaSkipped } from '../support/kafka.ts'
import { stopPrograms } from '../support/program.ts'

const SEED = 1
const moments = [killConsumer, cutResponse, zombie, killClickhouse].map((kind, at) => ({
  share: 0.1 + 0.2 * at,
  kinds: [kind],
}))

/** What is done to the store, and what must be said of it. */
const harms = [
  ['rollup', 'token_route: 1 too many'],
  ['lose', 'access_events: 1 missing'],
  ['finding', 'findings: 1 missing'],
  ['incident', 'incidents: 1 too many'],
  ['baseline', 'requests_day'],
  ['duplicate', 'access_events: 1 too many'],
] as const

/** A short round of `npm run test:faults`, on every run of the tests. */
describe.skipIf(isKafkaSkipped)('faults', () => {
  let site: Site
  let input: Input
  let reference: Reference
  beforeAll(async () => {
    site = await openSite()
    input = makeInput({ seed: SEED, partitions: 2 })
    reference = await runReference(site, input, 'faults_ci_expected_test')
  })
  afterAll(async () => {
    stopPrograms()
    await site.close()
  })

  test('after kills, a cut, and a zombie all is as without them', async () => {
    const report = await runRound(site, {
      ...{ input, reference, plan: { members: 2, moments }, seed: SEED, round: 0 },
      logFolder: mkdtempSync(join(tmpdir(), 'tokenwatch-faults-')),
      deadlineMs: Number.POSITIVE_INFINITY,
    })
    expect(report.differences).toEqual([])
    expect(report.faults.map(({ kind }) => kind)).toEqual(moments.map(({ kinds }) => kinds[0]?.id))
  }, 300_000)

  test('the comparison sees what a broken safeguard would do to the store', async () => {
    const [expected, seen] = [reference.database, 'faults_ci_harmed_test']
    const differences = async () =>
      (await storedDifferences(site, { input, expected, seen })).join('\n')
    await copyDatabase(site, expected, seen)
    expect(await differences()).toBe('')
    for (const [harm, told] of harms) {
      expect(await differences()).not.toContain(told)
      await sabotages[harm](site, seen)
      expect(await differences()).toContain(told)
    }
    expect(harms.map(([harm]) => harm).toSorted()).toEqual(Object.keys(sabotages).toSorted())
  })
})

/** Tables with their rows; without views, so that what is put in later comes into no rollup. */
async function copyDatabase({ storeOf }: Site, from: string, to: string): Promise<void> {
  const { admin } = storeOf('system')
  const run = (query: string) => admin.command({ query })
  await run(`CREATE DATABASE ${to}`)
  const answer = await admin.query({
    query: `SELECT name FROM system.tables WHERE database = '${from}' AND engine LIKE '%MergeTree'`,
    format: 'JSONEachRow',
  })
  for (const { name } of await answer.json<{ name: string }>()) {
    await run(`CREATE TABLE ${to}.${name} AS ${from}.${name}`)
    await run(`INSERT INTO ${to}.${name} SELECT * FROM ${from}.${name}`)
  }
}
