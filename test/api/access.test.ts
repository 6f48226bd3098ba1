import { expect, test } from 'vitest'
import { adminKey, anApi, ingestKey, someDeps, withAdminKey } from '../support/api.ts'
import { tokenOf } from '../support/records.ts'

const filled = (url: string) =>
  url.replace(':token', tokenOf(1)).replace(':id', 'incident-1').replace('*', 'nothing')

test('nothing but health and the pages without data is open', async () => {
  const api = await anApi()
  const open = api.routeTable.filter(({ access }) => access === 'open').map(({ url }) => url)
  const pages = open.filter(url => !url.startsWith('/docs'))
  expect(new Set(pages)).toEqual(new Set(['/healthz', '/readyz', '/']))
})

test('every other route refuses without a key, with a wrong one, and says nothing else', async () => {
  const api = await anApi()
  const closed = api.routeTable.filter(({ access }) => access !== 'open')
  expect(closed.length).toBeGreaterThan(25)
  for (const { method, url } of closed) {
    for (const headers of [{}, { authorization: 'Bearer twk_wrong' }, { 'x-api-key': 'wrong' }]) {
      const reply = await api.inject({ method: method as 'GET', url: filled(url), headers })
      expect(`${method} ${url} ${reply.statusCode}`).toMatch(/ (401|429)$/)
      if (method !== 'HEAD') expect(Object.keys(reply.json())).toEqual(['error'])
      expect(reply.headers['cache-control']).toBe('no-store')
    }
  }
})

test('an ingest key sends events and reads nothing', async () => {
  const api = await anApi()
  const closed = api.routeTable.filter(({ access }) => access === 'admin')
  for (const { method, url } of closed) {
    const headers = { authorization: `Bearer ${ingestKey}` }
    const reply = await api.inject({ method: method as 'GET', url: filled(url), headers })
    expect(`${method} ${url} ${reply.statusCode}`).toMatch(/ 403$/)
  }
  const headers = { 'x-api-key': ingestKey, 'content-type': 'application/x-ndjson' }
  const reply = await api.inject({ method: 'POST', url: '/v1/events', headers, payload: '{}' })
  expect(reply.statusCode).toBe(200)
})

test('a key in X-API-Key opens the ingest route only', async () => {
  const api = await anApi()
  const reply = await api.inject({ url: '/v1/stats', headers: { 'x-api-key': adminKey } })
  expect(reply.statusCode).toBe(401)
})

test('whoever tries many keys is told to wait, and a right key still works', async () => {
  const { settings } = someDeps()
  const api = await anApi({ settings: { ...settings, refusedKeysPerMinuteMax: 2 } })
  const tryKey = (key: string) =>
    api.inject({ url: '/v1/stats', headers: { authorization: `Bearer ${key}` } })
  const statuses = []
  for (const key of ['a', 'b', 'c']) statuses.push((await tryKey(key)).statusCode)
  expect(statuses).toEqual([401, 401, 429])
  expect((await tryKey(adminKey)).statusCode).toBe(200)
})

test('too many requests of one address are refused in the one shape', async () => {
  const { settings } = someDeps()
  const api = await anApi({ settings: { ...settings, requestsPerMinuteMax: 10 } })
  const replies = []
  for (let count = 0; count < 11; count++) {
    replies.push(await api.inject({ url: '/v1/stats', headers: withAdminKey }))
  }
  expect(replies.map(({ statusCode }) => statusCode)).toEqual([...Array(10).fill(200), 429])
  expect(replies.at(-1)?.json()).toMatchObject({ error: { code: 'too_many_requests' } })
  expect(Number(replies.at(-1)?.headers['retry-after'])).toBeGreaterThan(0)
})

test('an unknown address asks for a key, and with one is not found', async () => {
  const api = await anApi()
  const without = await api.inject({ url: '/v1/nothing?token=sk_live_planted' })
  const withKey = await api.inject({
    url: '/v1/nothing?token=sk_live_planted',
    headers: withAdminKey,
  })
  expect([without.statusCode, withKey.statusCode]).toEqual([401, 404])
  expect(withKey.json()).toEqual({ error: { code: 'not_found', message: 'Nothing is here.' } })
})
