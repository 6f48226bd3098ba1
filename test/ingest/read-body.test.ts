import { gunzipSync, gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readBody } from '../../src/ingest/read-body.ts'

const limits = {
  bodyBytesMax: 10_000,
  decompressedBytesMax: 10_000,
  decompressionRatioMax: 100,
  recordBytesMax: 50,
  recordsMax: 100,
}
const json = fc.string({ unit: fc.constantFrom(...'{}[]",:\\ 1ae\n\r\0é') })
const body = fc.oneof(
  fc.uint8Array({ maxLength: 300 }).map(bytes => Buffer.from(bytes)),
  json.map(text => Buffer.from(text)),
  json.map(text => gzipSync(text)),
  json.map(text => gzipSync(text).subarray(0, -3)),
)
const contentType = fc.constantFrom('application/json', 'application/x-ndjson', 'text/plain', '')
const contentEncoding = fc.constantFrom('gzip', 'identity', '', 'deflate')

test('whatever comes, the answer is records within the limits or a fault', async () => {
  await fc.assert(
    fc.asyncProperty(body, contentType, contentEncoding, async (bytes, type, encoding) => {
      const request = { body: bytes, contentType: type, contentEncoding: encoding }
      const result = await readBody(request, limits)
      if (!result.ok) return
      expect(result.value.length).toBeLessThanOrEqual(limits.recordsMax)
      let last = -1
      for (const { offset, content } of result.value) {
        expect(offset).toBeGreaterThan(last)
        last = offset
        if ('refused' in content) expect(content.bytes).toBeGreaterThan(limits.recordBytesMax)
        else expect(content.length).toBeLessThanOrEqual(limits.recordBytesMax)
      }
    }),
    { numRuns: 500 },
  )
})

test('compressed or not, the records are the same', async () => {
  await fc.assert(
    fc.asyncProperty(json, contentType, async (text, type) => {
      const plain = await readBody({ body: Buffer.from(text), contentType: type }, limits)
      const packed = gzipSync(text)
      expect(await readBody({ body: packed, contentType: type }, limits)).toEqual(plain)
      expect(gunzipSync(packed).toString()).toBe(text)
    }),
  )
})
