import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { detectorSlots, familySlots, tailSlots } from '../../src/baseline/layout.ts'
import { detectors, statisticalDetectors } from '../../src/score/detectors/index.ts'
import { families, superFamilies } from '../../src/score/families.ts'
import { fixturesOf, surprisesOf } from '../support/detector-fixture.ts'

const folder = join(import.meta.dirname, '../fixtures/detectors')
const statistical = statisticalDetectors.map(({ id }) => id)

test('ids are unique, kebab-case, and each names a file of its own', () => {
  const ids = detectors.map(({ id }) => id)
  const files = readdirSync(join(import.meta.dirname, '../../src/score/detectors'))
  expect(new Set(ids).size).toBe(ids.length)
  expect(ids.map(id => `${id}.ts`).toSorted()).toEqual(
    files.filter(name => name !== 'index.ts').toSorted(),
  )
})

test('the registry fits into the state of a token, and every family counts once', () => {
  expect(statisticalDetectors.length).toBeLessThanOrEqual(detectorSlots)
  expect(families.length).toBeLessThanOrEqual(familySlots)
  expect(statisticalDetectors.filter(({ isBursty }) => isBursty).length).toBeLessThanOrEqual(
    tailSlots,
  )
  expect(superFamilies.flatMap(({ members }) => members).toSorted()).toEqual(families.toSorted())
})

test('every folder of fixtures belongs to a detector', () => {
  expect(statistical).toEqual(expect.arrayContaining(readdirSync(folder)))
})

/** Rarer than one token-day in a thousand fires, more common than one in ten is quiet. */
const rare = Math.log(1000)
const common = Math.log(10)

describe.each(statistical)('%s', id => {
  test('has fixtures of both kinds', () => {
    expect(existsSync(join(folder, id))).toBe(true)
    const kinds = new Set(fixturesOf(id).map(({ name }) => name.split('-')[0]))
    expect(kinds).toEqual(new Set(['fires', 'quiet']))
  })

  test.each(existsSync(join(folder, id)) ? fixturesOf(id) : [])(
    '$name: $fixture.why',
    ({ name, fixture }) => {
      const [low, high] = fixture.surprise
      if (name.startsWith('fires-')) expect(low).toBeGreaterThanOrEqual(rare)
      else expect(high).toBeLessThanOrEqual(common)
      const surprise = surprisesOf(fixture)[id] ?? Number.NaN
      expect(surprise).toBeGreaterThanOrEqual(low)
      expect(surprise).toBeLessThanOrEqual(high)
    },
  )
})

test('every detector has its heading in docs/detectors.md, and every heading a detector', () => {
  const text = readFileSync(join(import.meta.dirname, '../../docs/detectors.md'), 'utf8')
  const headings = [...text.matchAll(/^### (.+)$/gm)].map(([, heading]) => heading)
  expect(headings).toEqual(detectors.map(({ id }) => id))
})
