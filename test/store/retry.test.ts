import { expect, test, vi } from 'vitest'
import { PipelineError } from '../../src/domain/pipeline-error.ts'
import { retryDelayMs, retryStore } from '../../src/store/retry.ts'

const failing = (code: 'store_busy' | 'store_refused') => () =>
  Promise.reject(new PipelineError(code, 'no'))

test('what trying again cannot help is tried once', async () => {
  const work = vi.fn(failing('store_refused'))
  await expect(retryStore(work)).rejects.toMatchObject({ code: 'store_refused' })
  expect(work).toHaveBeenCalledTimes(1)
})

test('attempts are bounded when asked for', async () => {
  const work = vi.fn(failing('store_busy'))
  await expect(retryStore(work, { attemptsMax: 2 })).rejects.toMatchObject({ code: 'store_busy' })
  expect(work).toHaveBeenCalledTimes(2)
})

test('a mistake of the program is not taken for a failure of the store', async () => {
  const work = vi.fn(() => Promise.reject(new TypeError('mistake')))
  await expect(retryStore(work)).rejects.toThrow(TypeError)
  expect(work).toHaveBeenCalledTimes(1)
})

test('waits grow, and stay bounded', () => {
  const delays = Array.from({ length: 20 }, (_, at) => retryDelayMs(at + 1))
  expect(delays).toEqual([...delays].sort((a, b) => a - b))
  expect(delays.at(-1)).toBe(5_000)
})
