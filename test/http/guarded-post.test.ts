import { afterEach, expect, test } from 'vitest'
import { createGuardedPoster, isPublicAddress } from '../../src/http/guarded-post.ts'
import { judgePost } from '../../src/http/judge-post.ts'
import { startHttpReceiver } from '../support/receivers.ts'

const closing: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

function poster(options: { timeoutMs?: number; allowPrivateTargets?: boolean } = {}) {
  const made = createGuardedPoster({
    ...{ timeoutMs: 5_000, allowPrivateTargets: true, clock: () => 0 },
    ...options,
  })
  closing.push(made.close)
  return made
}

async function receiver(...args: Parameters<typeof startHttpReceiver>) {
  const started = await startHttpReceiver(...args)
  closing.push(started.close)
  return started
}

test.each([
  ['127.0.0.1', false],
  ['10.1.2.3', false],
  ['172.16.0.1', false],
  ['192.168.1.1', false],
  ['169.254.169.254', false],
  ['100.64.0.1', false],
  ['0.0.0.0', false],
  ['::1', false],
  ['fe80::1', false],
  ['fd00::1', false],
  ['::ffff:127.0.0.1', false],
  ['64:ff9b::7f00:1', false],
  ['9.9.9.9', true],
  ['2620:fe::fe', true],
])('%s is public: %s', (address, isPublic) => {
  expect(isPublicAddress(address)).toBe(isPublic)
})

test.each(['127.0.0.1', 'localhost', '[::ffff:127.0.0.1]', '2130706433', '0x7f.1'])(
  'nothing is sent to %s unless private targets are allowed',
  async host => {
    const { port, received } = await receiver()
    const call = { url: `http://${host}:${port}/`, headers: {}, body: '{}' }
    const outcome = await poster({ allowPrivateTargets: false }).post(call)
    expect(outcome).toMatchObject({ kind: 'blocked' })
    expect(received).toEqual([])
  },
)

test('a redirect is an answer, and is not followed', async () => {
  const target = await receiver()
  const { url } = await receiver(() => ({ status: 307, headers: { location: target.url } }))
  const outcome = await poster().post({ url, headers: {}, body: '{}' })
  expect(judgePost(outcome)).toEqual({
    kind: 'refused',
    detail: 'HTTP 307: redirects are not followed',
  })
  expect(target.received).toEqual([])
})

test('who does not answer is not waited for', async () => {
  const { url } = await receiver(() => undefined)
  const outcome = await poster({ timeoutMs: 100 }).post({ url, headers: {}, body: '{}' })
  expect(outcome).toEqual({ kind: 'no_answer', detail: 'no answer in time' })
})

test('nobody there is told in our words', async () => {
  const { url, close } = await startHttpReceiver()
  await close()
  const outcome = await poster().post({ url, headers: {}, body: '{}' })
  expect(outcome).toEqual({ kind: 'no_answer', detail: 'connection refused' })
})

test('an endless answer is cut off, its status counts', async () => {
  const { url } = await receiver(() => ({ status: 200, body: 'x'.repeat(5_000_000) }))
  const outcome = await poster().post({ url, headers: {}, body: '{}' })
  expect(outcome).toEqual({ kind: 'answered', status: 200, retryAfterMs: undefined })
})

test.each([
  [200, 'accepted'],
  [204, 'accepted'],
  [301, 'refused'],
  [400, 'refused'],
  [401, 'refused'],
  [404, 'refused'],
  [410, 'refused'],
  [408, 'unavailable'],
  [425, 'unavailable'],
  [429, 'unavailable'],
  [500, 'unavailable'],
  [502, 'unavailable'],
  [504, 'unavailable'],
])('%i is %s', (status, kind) => {
  expect(judgePost({ kind: 'answered', status, retryAfterMs: 5 })).toMatchObject({ kind })
})
