import { describe, expect, test } from 'vitest'
import { createNativeEncoder } from '../../../src/store/native/native-encoder.ts'
import { readNative } from '../../../src/store/native/native-reader.ts'
import { rowViews } from '../../../src/store/native/row-views.ts'

type Row = Readonly<Record<string, unknown>>

const encode = (type: string, values: readonly unknown[]) =>
  createNativeEncoder<Row>([{ name: 'value', type, of: row => row['value'] }]).encode(
    values.map(value => ({ value })),
  )
const decode = (answer: Buffer) =>
  readNative(answer)
    .flatMap(block => rowViews<Row>(block))
    .map(row => row['value'])
const plain = (value: unknown) => (ArrayBuffer.isView(value) ? [...(value as Uint8Array)] : value)

describe('what was encoded is read', () => {
  test.each([
    ['String', ['', 'a', 'é😀', 'x'.repeat(70_000)]],
    ['Float64', [0, -1.5, 5e-324, Number.POSITIVE_INFINITY]],
    ['Array(String)', [[], ['', 'é'], ['a']]],
    ['Array(Float32)', [[0.5], [], [-2, 3]]],
    ['Array(Float64)', [[1 / 3], [], []]],
    ['Array(UInt16)', [[], [65_535, 0]]],
    ['Array(UInt32)', [[4_294_967_295], [1, 2, 3]]],
  ])('%s', (type, values) => {
    expect(decode(encode(type, values)).map(plain)).toEqual(values)
  })
})

test('the bytes are those of the format', () => {
  const block = Buffer.from([1, 2, 1, 0x6e, 6, ...Buffer.from('String'), 1, 0x61, 0])
  const [read] = readNative(block)
  expect(read?.columns.map(({ name, at }) => [name, at(0), at(1)])).toEqual([['n', 'a', '']])
})

test('several blocks are read one after the other, empty ones too', () => {
  const answer = Buffer.concat([
    encode('String', ['a']),
    encode('String', []),
    encode('String', ['b', 'c']),
  ])
  expect(decode(answer)).toEqual(['a', 'b', 'c'])
  expect(readNative(Buffer.alloc(0))).toEqual([])
})

test('an answer that ends early is never taken for a short one', () => {
  for (const type of ['String', 'Float64', 'Array(String)', 'Array(UInt32)']) {
    const value = { String: 'abc', Float64: 1 }[type] ?? (type.includes('String') ? ['a'] : [1])
    const whole = encode(type, [value, value])
    for (let length = 1; length < whole.length; length++) {
      expect(() => readNative(whole.subarray(0, length)), `${type} ${length}`).toThrow(
        /ends within|no Native decoding/,
      )
    }
  }
})

test('a type that it cannot read is refused', () => {
  expect(() => readNative(encode('UInt8', [1]))).toThrow(TypeError)
})
