import { createRequire } from 'node:module'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { loadCodecs, snappyBlocks } from '../../../src/ingest/kafka-patches/codecs.ts'
import type { DecodedRecord } from '../../../src/ingest/kafka-patches/decode-record-batch.ts'
import { loadKafkajs } from '../../../src/ingest/kafka-patches/load-kafkajs.ts'

const require = createRequire(import.meta.url)
const { CompressionTypes } = await loadKafkajs({ isFastDecoderOn: true, isIdleLoopFixed: true })
const { RecordBatch } = require('kafkajs/src/protocol/recordBatch/v0')
const Record = require('kafkajs/src/protocol/recordBatch/record/v0')
const Decoder = require('kafkajs/src/protocol/decoder')
const decode = require('kafkajs/src/protocol/recordBatch/v0/decoder') as (
  decoder: unknown,
) => Promise<{ records: readonly DecodedRecord[] }>

const FIRST_OFFSET = 7_000_000_000
const FIRST_TIMESTAMP = 1_709_546_400_000

interface Message {
  readonly key: string | null
  readonly value: string | null
  readonly headers: { readonly [name: string]: string }
  readonly timestampDelta: number
}

async function encode(messages: readonly Message[], compression = 0): Promise<Buffer> {
  const batch = await RecordBatch({
    compression,
    firstOffset: String(FIRST_OFFSET),
    firstTimestamp: FIRST_TIMESTAMP,
    maxTimestamp: FIRST_TIMESTAMP + 9,
    lastOffsetDelta: messages.length - 1,
    records: messages.map((message, offsetDelta) => Record({ offsetDelta, ...message })),
  })
  return batch.buffer
}

/** As the fetch response decoder does: it has looked at the format and rewound. */
const decodeBytes = async (bytes: Buffer) => (await decode(new Decoder(bytes))).records

const text = fc.option(fc.string({ unit: 'grapheme', maxLength: 200 }), { nil: null })
const message = fc.record({
  key: text,
  value: text,
  headers: fc.dictionary(fc.string({ minLength: 1, maxLength: 5 }), fc.string(), { maxKeys: 3 }),
  timestampDelta: fc.integer({ min: -100, max: 1_000_000 }),
})
const messages = fc.array(message, { minLength: 1, maxLength: 30 })
const names = [...(await loadCodecs()).keys()]
const compression = fc.constantFrom(0, ...names.map(name => CompressionTypes[name]))

test('the codecs of this platform are there', () => {
  expect(names).toEqual(expect.arrayContaining(['GZIP', 'Snappy', 'LZ4']))
})

test('what kafkajs has encoded comes out as it was, with every codec', async () => {
  await fc.assert(
    fc.asyncProperty(messages, compression, async (sent, codec) => {
      const records = await decodeBytes(await encode(sent, codec))
      const plain = records.map(({ key, value, headers, offset, timestamp }) => ({
        key: key === null ? null : String(key),
        value: value === null ? null : String(value),
        headers: Object.fromEntries(
          Object.entries(headers).map(([name, of]) => [name, String(of)]),
        ),
        position: [Number(offset) - FIRST_OFFSET, Number(timestamp) - FIRST_TIMESTAMP],
      }))
      expect(plain).toEqual(
        sent.map(({ timestampDelta, headers, ...rest }, at) => ({
          ...rest,
          headers: { ...headers },
          position: [at, timestampDelta],
        })),
      )
    }),
  )
})

test('a batch with damaged bytes gives records or says that it is undecodable, and always ends', async () => {
  const damage = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 5 })
  await fc.assert(
    fc.asyncProperty(messages, compression, damage, async (sent, codec, changes) => {
      const bytes = await encode(sent, codec)
      const countAt = 57
      for (const [at, byte] of changes) bytes[countAt + (at % (bytes.length - countAt))] = byte
      for (const record of await decodeBytes(bytes)) {
        if (record.refused === undefined) continue
        expect(record.refused).toEqual({ refused: 'undecodable_batch', bytes: bytes.length - 12 })
        expect(Number(record.offset)).toBe(FIRST_OFFSET + sent.length - 1)
      }
    }),
    { numRuns: 500 },
  )
})

test('records that do not fill their batch are undecodable', async () => {
  const bytes = await encode([{ key: null, value: 'x', headers: {}, timestampDelta: 0 }])
  const longer = Buffer.concat([bytes, Buffer.from([0])])
  longer.writeInt32BE(longer.length - 12, 8)
  expect((await decodeBytes(longer))[0]?.refused?.bytes).toBe(longer.length - 12)
})

test('a batch that is cut off is left for the next fetch', async () => {
  const bytes = await encode([{ key: null, value: 'x', headers: {}, timestampDelta: 0 }])
  await expect(decodeBytes(bytes.subarray(0, -1))).rejects.toMatchObject({
    name: 'KafkaJSPartialMessageError',
  })
})

test('snappy as Java producers frame it is cut into its blocks', () => {
  const magic = [0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0]
  const framed = Buffer.from([...magic, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 2, 65, 66, 0, 0, 0, 1, 67])
  expect(snappyBlocks(framed).map(String)).toEqual(['AB', 'C'])
  expect(() => snappyBlocks(framed.subarray(0, -1))).toThrow(RangeError)
  expect(snappyBlocks(Buffer.from('raw')).map(String)).toEqual(['raw'])
})
