import { once } from 'node:events'
import { connect } from 'node:net'
import { expect, test } from 'vitest'
import { listen } from '../../src/api/listen.ts'
import { anApi } from '../support/api.ts'

test('a connection that was opened ahead of need does not hold up the close', async () => {
  const api = await anApi()
  const url = new URL(await listen(api, { host: '127.0.0.1', port: 0 }))
  const socket = connect(Number(url.port), url.hostname)
  await once(socket, 'connect')
  await fetch(new URL('/healthz', url)) // accepted after it: the server knows both
  const ended = once(socket.resume(), 'close')
  await expect(api.close()).resolves.toBeUndefined()
  await ended
}, 5_000)
