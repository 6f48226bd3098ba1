import { expect, test } from 'vitest'
import { anApi, withAdminKey } from '../support/api.ts'
import { tokenOf } from '../support/records.ts'

interface Operation {
  readonly summary?: string
  readonly responses?: Readonly<Record<string, { readonly content?: object }>>
  readonly parameters?: readonly { readonly name: string; readonly required?: boolean }[]
}
interface OpenApi {
  readonly openapi: string
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
}

test('the API document needs no key and describes every route, its replies and its errors', async () => {
  const api = await anApi()
  const document: OpenApi = (await api.inject('/docs/json')).json()
  expect(document.openapi).toBe('3.0.3')

  const documented = Object.entries(document.paths).flatMap(([path, operations]) =>
    Object.keys(operations).map(method => `${method.toUpperCase()} ${path}`),
  )
  const registered = api.routeTable
    .filter(({ method, url }) => method !== 'HEAD' && url !== '/' && !url.startsWith('/docs'))
    .map(({ method, url }) => `${method} ${url.replaceAll(/:(\w+)/g, '{$1}')}`)
  expect(documented.length).toBeGreaterThan(15)
  expect(new Set(documented)).toEqual(new Set(registered))

  for (const [path, operations] of Object.entries(document.paths)) {
    for (const operation of Object.values(operations)) {
      expect(operation.summary, path).toMatch(/\w+.*\.$/)
      const { responses = {} } = operation
      expect(Object.keys(responses), path).toEqual(expect.arrayContaining(['4XX', '5XX']))
      const good = Object.entries(responses).filter(([status]) => status.startsWith('2'))
      expect(good.length, path).toBeGreaterThan(0)
      for (const [, response] of good) expect(response.content, path).toBeDefined()
    }
  }
})

test('every reference in the API document leads somewhere', async () => {
  const api = await anApi()
  const text = (await api.inject('/docs/json')).body
  const document = JSON.parse(text)
  for (const [, path = ''] of text.matchAll(/"\$ref":"#\/([^"]+)"/g)) {
    const target = path
      .split('/')
      .reduce<unknown>((node, part) => (node as Record<string, unknown>)?.[part], document)
    expect(target, path).toBeDefined()
  }
})

test.each([
  ['/v1/stats', 'eventsStored'],
  ['/v1/trends/traffic?hours=48', 'hours'],
  ['/v1/incidents', 'incidents'],
  ['/v1/tokens?search=sk_&sort=events', 'tokens'],
  [`/v1/tokens/${tokenOf(1)}`, 'tokenHint'],
  [`/v1/tokens/${tokenOf(1)}/baseline`, 'usage'],
  ['/v1/actions', 'actions'],
  ['/v1/audit', 'entries'],
  ['/v1/dead-letters?reason=bad_time', 'deadLetters'],
  [`/v1/findings?token=${tokenOf(1)}&isAlert=true`, 'findings'],
])('%s answers with its schema', async (url, name) => {
  const api = await anApi()
  const reply = await api.inject({ url, headers: withAdminKey })
  expect(reply.statusCode).toBe(200)
  expect(reply.json()).toHaveProperty(name)
})

test('pages may load nothing but their own files', async () => {
  const api = await anApi()
  const policy = String((await api.inject('/')).headers['content-security-policy'])
  expect(policy).toContain("default-src 'none'")
  expect(policy).toContain("script-src 'self'")
  expect(policy).not.toContain('unsafe')
  const docs = String((await api.inject('/docs/')).headers['content-security-policy'])
  expect(docs).toContain("script-src 'self'")
  expect(docs).not.toMatch(/script-src[^;]*unsafe/)
})

test('a parameter that has a default is not called required', async () => {
  const api = await anApi()
  const { paths }: OpenApi = (await api.inject('/docs/json')).json()
  const required = (path: string, method: string) =>
    (paths[path]?.[method]?.parameters ?? []).flatMap(({ name, required: isRequired }) =>
      isRequired === true ? [name] : [],
    )
  expect(required('/v1/actions/{id}/execute', 'post')).toEqual(['id'])
  expect(required('/v1/tokens', 'get')).toEqual([])
})
