import { Readable } from 'node:stream'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { SourceRecord } from '../../src/ingest/log-source.ts'
import { readRecordFiles } from '../../src/ingest/record-files.ts'
import { LineSplitter } from '../../src/ingest/split-lines.ts'

const show = ({ offset, content }: SourceRecord) =>
  'refused' in content ? [offset, content.refused, content.bytes] : [offset, content.toString()]

/** Reads standard input that comes in pieces of the given size. */
async function read(input: string | Buffer, pieceBytes = 7, recordBytesMax = 40) {
  const bytes = Buffer.from(input)
  const pieces: Buffer[] = []
  for (let at = 0; at < bytes.length; at += pieceBytes) {
    pieces.push(bytes.subarray(at, at + pieceBytes))
  }
  const records: SourceRecord[] = []
  let bytesRead = 0
  const stdin = Readable.from(pieces)
  for await (const some of readRecordFiles(['-'], { recordBytesMax, stdin })) {
    records.push(...some.records)
    bytesRead = some.bytesRead
    expect(some.bytesTotal).toBeUndefined()
  }
  expect(bytesRead).toBe(bytes.length)
  return records.map(show)
}

test('lines: CRLF, blank ones, the last without an end, one above the limit', async () => {
  const long = 'x'.repeat(41)
  expect(await read(`one\r\n\n  \ntwo ü\n${long}\nlast`)).toEqual([
    [0, 'one'],
    [3, 'two ü'],
    [4, 'record_too_long', 41],
    [5, 'last'],
  ])
  expect(await read('')).toEqual([])
  expect(await read(long)).toEqual([[0, 'record_too_long', 41]])
})

test('how the input is cut into chunks does not matter', () => {
  const line = fc.string({ unit: fc.constantFrom('a', '\n', '\r', ' ', 'é'), maxLength: 200 })
  fc.assert(
    fc.property(line, fc.integer({ min: 1, max: 20 }), (text, size) => {
      const bytes = Buffer.from(text)
      const whole = new LineSplitter(16)
      const expected = [...whole.push(bytes), ...whole.end()].map(show)
      const splitter = new LineSplitter(16)
      const records: SourceRecord[] = []
      for (let at = 0; at < bytes.length; at += size) {
        records.push(...splitter.push(bytes.subarray(at, at + size)))
      }
      expect([...records, ...splitter.end()].map(show)).toEqual(expected)
    }),
  )
})

test('gzip is told by its first bytes, and may have several members', async () => {
  const members = Buffer.concat([gzipSync('one\ntw'), gzipSync('o\n')])
  expect(await read(members, 1)).toEqual([
    [0, 'one'],
    [1, 'two'],
  ])
})

test('a gzip file that is cut off gives what is there, then a fault', async () => {
  const whole = gzipSync(Array.from({ length: 5_000 }, (_, n) => `line ${n}`).join('\n'))
  await expect(read(whole.subarray(0, -20))).rejects.toMatchObject({
    faults: [{ path: '-', problem: 'is damaged or not whole' }],
  })
})

test('a document gives its values: an array on one line or many, objects over many lines', async () => {
  const values = [{ a: 1 }, { b: '\n]' }, { c: 'x'.repeat(50) }]
  const expected = [
    [0, '{"a":1}'],
    [1, '{"b":"\\n]"}'],
    [2, 'record_too_long', 58],
  ]
  expect(await read(JSON.stringify(values))).toEqual(expected)
  expect(
    await read(`\ufeff[\n${values.map(value => JSON.stringify(value)).join(',\n')}\n]\n`),
  ).toEqual(expected)
  expect(await read('{\n "a": 1\n}\n{\n "b": 2\n}')).toEqual([
    [0, '{\n "a": 1\n}'],
    [1, '{\n "b": 2\n}'],
  ])
})

test('what only looks like a document is read by line', async () => {
  expect(await read('[Mon] GET /\n[Tue] GET /\n')).toEqual([
    [0, '[Mon] GET /'],
    [1, '[Tue] GET /'],
  ])
  expect(await read('{"a": tru\n{"b":1}\n{"c":2}')).toEqual([
    [0, '{"a": tru'],
    [1, '{"b":1}'],
    [2, '{"c":2}'],
  ])
  expect(await read('{"a":1}\n{"b"')).toEqual([
    [0, '{"a":1}'],
    [1, '{"b"'],
  ])
})

test('all missing files are told at once, before reading', async () => {
  const options = { recordBytesMax: 100, stdin: Readable.from([]) }
  const reading = readRecordFiles(['/no/such/file', '-', '/nor/this'], options)
  await expect(reading.next()).rejects.toMatchObject({
    faults: [{ path: '/no/such/file' }, { path: '/nor/this' }],
  })
})
