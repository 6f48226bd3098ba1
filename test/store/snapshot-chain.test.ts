import { expect, test } from 'vitest'
import { chainOf } from '../../src/store/snapshot-chain.ts'

const aSnapshot = (id: string, offset: number, scorerVersion = '1', isFull = false) => ({
  id,
  offset,
  scorerVersion,
  takenMs: 0,
  isFull,
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

test('a full snapshot stands for all that are not further', () => {
  const chain = chainOf([
    aSnapshot('1', 10, '1', true),
    aSnapshot('2', 20),
    aSnapshot('3', 30, '1', true),
    aSnapshot('4', 40),
    // Of a process that had lost the stream.
    aSnapshot('5', 25, '1', true),
  ])
  expect(chain).toEqual({ latest: aSnapshot('4', 40), ids: ['3', '4'] })
})
