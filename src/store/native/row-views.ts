import type { NativeBlock } from './native-reader.ts'

const position = Symbol('row')

/**
 * The rows of a block as objects that look their values up when asked. A wide row with many arrays, made
 * as an object of its own, takes ten times the memory of its values; such a view takes next to none.
 * The properties are those of a prototype: read them by name, neither spread nor list them.
 */
export function rowViews<Row extends object>({ rows, columns }: NativeBlock): Row[] {
  const prototype = {}
  for (const { name, at } of columns) {
    Object.defineProperty(prototype, name, {
      enumerable: true,
      get(this: { readonly [position]: number }) {
        return at(this[position])
      },
    })
  }
  return Array.from({ length: rows }, (_, row) => {
    const view = Object.create(prototype)
    view[position] = row
    return view
  })
}
