import { expect, test } from 'vitest'
import { chainOf } from '../../src/store/snapshot-chain.ts'

const aSnapshot = (id: string, offset: number, scorerVersion = '1') => ({
  id,
  offset,
  scorerVersion,
  takenMs: 0,
})

test('without snapshots there is no state', () => {
  expect(chainOf([])).toBeUndefined()
})

test('all snapshots of one version belong together, in the order they were written', () => {
  const chain = chainOf([aSnapshot('2', 20), aSnapshot('3', 30), aSnapshot('1', 10)])
  expect(chain?.ids).toEqual(['1', '2', '3'])
  expect(chain?.latest).toEqual(aSnapshot('3', 30))
})

test('the highest offset is the latest, and of equal ones the last written', () => {
  expect(chainOf([aSnapshot('1', 30), aSnapshot('2', 20)])?.latest.id).toBe('1')
  expect(chainOf([aSnapshot('1', 30), aSnapshot('2', 30)])?.latest.id).toBe('2')
})

test('a change of version starts anew, also back to one that was used before', () => {
  const back = [aSnapshot('1', 90), aSnapshot('2', 50, '2'), aSnapshot('3', 10), aSnapshot('4', 5)]
  expect(chainOf(back)).toEqual({ latest: aSnapshot('3', 10), ids: ['3', '4'] })
})
