import {
  type BaselineValue,
  baselineScalars,
  type TokenBaselineRow,
} from '../domain/token-baseline.ts'
import { arrayPlaces, slabLengths } from './layout.ts'
import type { TokenStates } from './token-states.ts'

type Columns = Readonly<Record<string, BaselineValue>>
type SlabLength = keyof typeof slabLengths

/**
 * Rows of the tokens in these slots, so that they may be stored while the states move on. The slabs are
 * copied, 3 KB a token, and rows are views of the copies: to make each an object with a hundred values of
 * its own would hold up all else for a tenth of a millisecond each. Moves the cursor.
 *
 * The columns are properties of a prototype: read them by name, neither spread nor list them.
 *
 * @param more - further columns of a slot; undefined for those of `none`
 */
export function copyTokens(
  states: TokenStates,
  slots: readonly number[],
  more: (slot: number) => Columns | undefined,
  none: Columns,
): TokenBaselineRow[] {
  const room = (slab: SlabLength) => slots.length * slabLengths[slab]
  const copies = {
    scalars: new Float64Array(room('scalars')),
    floats: new Float32Array(room('floats')),
    keys: new Uint32Array(room('keys')),
    days: new Uint16Array(room('days')),
  }
  const identities = slots.map((slot, row) => {
    const { chunk, identity, scalarBase, floatBase, keyBase, dayBase } = states.moveTo(slot)
    const bases = { scalars: scalarBase, floats: floatBase, keys: keyBase, days: dayBase }
    for (const slab of ['scalars', 'floats', 'keys', 'days'] as const) {
      const length = slabLengths[slab]
      copies[slab].set(chunk[slab].subarray(bases[slab], bases[slab] + length), row * length)
    }
    return identity
  })
  const furthers = slots.map(more)

  /** A row is its position; its columns are looked up when asked for. */
  class CopiedToken {
    readonly #row: number
    constructor(row: number) {
      this.#row = row
    }
    static addColumn(name: string, find: (row: number) => BaselineValue | undefined) {
      Object.defineProperty(CopiedToken.prototype, name, {
        enumerable: true,
        get(this: CopiedToken) {
          return find(this.#row)
        },
      })
    }
  }
  for (const name of ['token', 'entity', 'tenant'] as const) {
    CopiedToken.addColumn(name, row => identities[row]?.[name])
  }
  for (const [index, name] of baselineScalars.entries()) {
    CopiedToken.addColumn(name, row => copies.scalars[row * slabLengths.scalars + index])
  }
  for (const { name, slab, offset, length } of arrayPlaces) {
    CopiedToken.addColumn(name, row => {
      const from = row * slabLengths[slab] + offset
      return copies[slab].subarray(from, from + length)
    })
  }
  for (const name of Object.keys(none)) {
    CopiedToken.addColumn(name, row => (furthers[row] ?? none)[name])
  }
  // Its columns are on the prototype, where the compiler does not see them.
  return slots.map((_, row) => new CopiedToken(row) as unknown as TokenBaselineRow)
}
