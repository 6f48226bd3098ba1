import { expect, test } from 'vitest'
import { findEngine } from '../../../src/store/embedded/find-engine.ts'

test.each([
  ['Windows', { os: 'win32', architecture: 'x64', hasGlibc: false }, 'win32-x64'],
  ['Alpine', { os: 'linux', architecture: 'x64', hasGlibc: false }, 'linux-x64 with musl'],
  ['a 32-bit machine', { os: 'linux', architecture: 'arm', hasGlibc: true }, 'linux-arm'],
])('on %s the operator is told to use a server', (_, platform, named) => {
  expect(() => findEngine(platform)).toThrow(
    expect.objectContaining({
      name: 'OperatorError',
      faults: [
        {
          path: 'store.url',
          problem: `the embedded ClickHouse does not run on ${named}`,
          remedy: expect.stringContaining('CLICKHOUSE_URL'),
        },
      ],
    }),
  )
})

test('a build that the install left out is named', () => {
  const other = process.arch === 'x64' ? 'arm64' : 'x64'
  const missing = () => findEngine({ os: 'linux', architecture: other, hasGlibc: true })
  expect(missing).toThrow(`@chdb/lib-linux-${other}-gnu is not installed`)
})
