import fc from 'fast-check'
import { expect, test } from 'vitest'

import { readPath } from '../../src/normalize/path-facts.ts'
import { createRouteTable, otherRoute } from '../../src/normalize/route-table.ts'

test.each([
  ['/', '/'],
  ['/v1/orders', '/v1/orders'],
  ['/v1/orders/1001', '/v1/orders/{id}'],
  ['/v1/orders/1001/items/7', '/v1/orders/{id}/items/{id}'],
  ['/users/8f14e45f-ceea-467f-a8d0-a1b2c3d4e5f6', '/users/{id}'],
  ['/objects/507f1f77bcf86cd799439011', '/objects/{id}'],
  ['/blobs/01ARZ3NDEKTSV4RRFFQ69G5FAV', '/blobs/{id}'],
  ['/customers/cus_9s6XKzkNRiz8i3', '/customers/{id}'],
  ['/users/user_42/keys', '/users/{id}/keys'],
  ['/reports/2024-06-30', '/reports/{id}'],
  ['/reports/20240630T093000Z', '/reports/{id}'],
  ['/mail/someone@example.com', '/mail/{id}'],
  ['/invoices/1001.pdf', '/invoices/{id}.pdf'],
  ['/articles/how-to-write-10-tests-in-a-day', '/articles/{id}'],
  ['/stock/B00X4WHP5E', '/stock/{id}'],
  ['/tags/caf%C3%A9', '/tags/{id}'],
  // Words with digits that are no ids.
  ['/oauth2/v2.0/token', '/oauth2/v2.0/token'],
  ['/api/1.0/users', '/api/1.0/users'],
  ['/s3/buckets', '/s3/buckets'],
  ['/i18n/en-US.json', '/i18n/en-US.json'],
  ['/hash/sha256', '/hash/sha256'],
  ['/odata/$metadata', '/odata/$metadata'],
  // Templates stay as they are.
  ['/v1/orders/{orderId}', '/v1/orders/{orderId}'],
  ['/v1/orders/:id/*', '/v1/orders/:id/*'],
])('%s has the route %s', (path, route) => {
  expect(readPath(path, 1).route).toBe(route)
})

test('an object key names the objects, not the path around them', () => {
  const keyOf = (path: string, seed = 1) => readPath(path, seed).objectKey
  expect(keyOf('/v1/orders')).toBeUndefined()
  expect(keyOf('/v1/orders/1001')).toBe(keyOf('/v2/orders/1001/items'))
  expect(keyOf('/v1/orders/1001')).not.toBe(keyOf('/v1/orders/1002'))
  expect(keyOf('/v1/orders/1001')).not.toBe(keyOf('/v1/orders/1001', 2))
})

test('ten thousand objects have ten thousand keys of 53 bits', () => {
  const keys = Array.from({ length: 10_000 }, (_, id) => readPath(`/x/${id}`, 1).objectKey ?? -1)
  expect(new Set(keys).size).toBe(10_000)
  expect(keys.every(key => Number.isSafeInteger(key) && key >= 0)).toBe(true)
  expect(Math.max(...keys)).toBeGreaterThan(2 ** 52)
})

test('a route is the route of itself, and bounded', () => {
  const segment = fc.oneof(fc.string(), fc.webSegment(), fc.uuid(), fc.nat().map(String))
  fc.assert(
    fc.property(fc.array(segment, { maxLength: 60 }), segments => {
      const { route, path } = readPath(`/${segments.join('/')}`, 1)
      expect(route.length).toBeLessThanOrEqual(200)
      expect(path.length).toBeLessThanOrEqual(500)
      expect(readPath(route, 1).route).toBe(route)
    }),
  )
})

test('a scanner cannot crowd out the routes of answered calls', () => {
  const table = createRouteTable(400)
  for (let i = 0; i < 1_000; i += 1) table.intern(`/guess-${i}`, false)
  expect(table.intern('/guess-again', false)).toBe(otherRoute)
  expect(table.intern('/v1/orders', true)).toBe('/v1/orders')
  expect(table.intern('/v1/orders', false)).toBe('/v1/orders')
  for (let i = 0; i < 1_000; i += 1) table.intern(`/page-${i}`, true)
  expect(table.intern('/page-again', true)).toBe(otherRoute)
  expect(table.size).toBe(500)
})
