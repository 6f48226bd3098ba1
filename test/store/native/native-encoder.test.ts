import { expect, test } from 'vitest'
import { createNativeEncoder } from '../../../src/store/native/native-encoder.ts'

const value = (row: unknown) => row

/** The bytes of one column after the head of the block: columns, rows, name `c`, type. */
function columnBytes(type: string, rows: readonly unknown[]): string {
  const block = createNativeEncoder([{ name: 'c', type, of: value }]).encode(rows)
  const head = Buffer.concat([
    Buffer.from([1, rows.length, 1]),
    Buffer.from('c'),
    Buffer.from([type.length]),
    Buffer.from(type),
  ])
  expect(block.subarray(0, head.length)).toEqual(head)
  return block.subarray(head.length).toString('hex')
}

const dictionaryVersion = '0100000000000000'
/** One byte per index; two keys, '' and 'x'; three rows: 1, 0, 1. */
const dictionaryOfX = [
  dictionaryVersion,
  '0006000000000000',
  '0200000000000000',
  '000178',
  '0300000000000000',
  '010001',
].join('')

test.each([
  ['UInt8', [0, 255], '00ff'],
  ['UInt16', [1, 65_535], '0100ffff'],
  ['UInt32', [4_294_967_295], 'ffffffff'],
  ['UInt64', [Number.MAX_SAFE_INTEGER], 'ffffffffffff1f00'],
  ['Int16', [-2], 'feff'],
  ['Int64', [-1], 'ffffffffffffffff'],
  ['DateTime64(3)', [-1_500], '24faffffffffffff'],
  ["DateTime('UTC')", [1], '01000000'],
  ['Float32', [1.5], '0000c03f'],
  ['Float64', [1.5], '000000000000f83f'],
  ['Bool', [true, false], '0100'],
  ['String', ['', 'aß'], '000361c39f'],
  ['UUID', ['00112233445566778899aabbccddeeff'], '7766554433221100ffeeddccbbaa9988'],
  ['IPv6', ['198.51.100.7'], '00000000000000000000ffffc6336407'],
  ['IPv6', ['2001:db8::1'], '20010db8000000000000000000000001'],
  ['Nullable(UInt16)', [7, undefined, null], '000101070000000000'],
  [
    'Array(UInt8)',
    [[1, 2], undefined, [3]],
    '020000000000000002000000000000000300000000000000010203',
  ],
  [
    'Array(Float32)',
    [new Float32Array([9, 1.5, 9]).subarray(1, 2), new Float32Array(), new Float32Array([-2])],
    '0100000000000000010000000000000002000000000000000000c03f000000c0',
  ],
  [
    'Array(UInt16)',
    [new Uint16Array([65_535, 1]), [2]],
    '02000000000000000300000000000000ffff01000200',
  ],
  ['LowCardinality(String)', ['x', '', 'x'], dictionaryOfX],
  // The version comes before the lengths of the arrays; without elements nothing follows them.
  ['Array(LowCardinality(String))', [[]], `${dictionaryVersion}0000000000000000`],
])('%s is written byte by byte', (type, rows, expected) => {
  expect(columnBytes(type, rows)).toBe(expected)
})

test('a bigint holds what a number cannot', () => {
  expect(columnBytes('UInt64', [2n ** 64n - 1n])).toBe('ffffffffffffffff')
})

test('a dictionary of more than 256 strings takes two bytes per index', () => {
  const rows = Array.from({ length: 300 }, (_, at) => `word ${at}`)
  const block = createNativeEncoder([
    { name: 'c', type: 'LowCardinality(String)', of: value },
  ]).encode(rows)
  // 300 strings and the empty one; the last index is 300.
  expect(block.subarray(-2).readUInt16LE()).toBe(300)
  expect(block.subarray(-600, -598).readUInt16LE()).toBe(1)
})

test('a block without rows ends with the names of its columns', () => {
  expect(columnBytes('LowCardinality(String)', [])).toBe('')
})

test.each([
  ['UInt8', 256],
  ['UInt8', -1],
  ['UInt32', Number.NaN],
  ['UInt64', undefined],
  ['UInt64', 2 ** 60],
  ['String', 7],
  ['UUID', 'too short'],
  ['UUID', '0011223344556677'.repeat(2).replace('0', 'g')],
  ['IPv6', '198.51.100.256'],
  ['Bool', 1],
  ['Array(UInt8)', 1],
])('%s refuses %j and names the column, not the value', (type, bad) => {
  expect(() => columnBytes(type, [bad])).toThrow(/^column c: not /)
})

test('an unknown type is refused when the encoder is made', () => {
  const columns = [{ name: 'c', type: 'Tuple(UInt8)', of: value }]
  expect(() => createNativeEncoder(columns)).toThrow(TypeError)
})

test('slices give the event loop a turn after every block', async () => {
  const encoder = createNativeEncoder([{ name: 'c', type: 'UInt32', of: value }])
  const rows = Array.from({ length: 12_000 }, (_, at) => at)
  let turns = 0
  const count = () => {
    turns++
    immediate = setImmediate(count)
  }
  let immediate = setImmediate(count)
  const blocks: number[] = []
  for await (const block of encoder.slices(rows)) blocks.push(block.length)
  clearImmediate(immediate)
  expect(blocks).toEqual([20_012, 20_012, 8_012])
  expect(turns).toBeGreaterThanOrEqual(3)
})
