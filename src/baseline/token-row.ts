import { baselineScalars, type TokenBaselineRow } from '../domain/token-baseline.ts'
import { arrayPlaces, type slabLengths } from './layout.ts'
import type { TokenState } from './token-states.ts'

/**
 * Mutates the state at the cursor.
 *
 * @throws RangeError when an array is longer than its place: the row is of another layout
 */
export function fromTokenColumns(state: TokenState, row: TokenBaselineRow): void {
  const { chunk, scalarBase } = state
  for (const [index, name] of baselineScalars.entries()) {
    chunk.scalars[scalarBase + index] = numberIn(row, name)
  }
  for (const { name, slab, offset, length } of arrayPlaces) {
    const values = numbersIn(row, name)
    if (values.length > length) throw new RangeError(`${name}: ${values.length} values`)
    chunk[slab].set(values, baseOf(state, slab) + offset)
  }
}

function baseOf(state: TokenState, slab: Exclude<keyof typeof slabLengths, 'scalars'>): number {
  switch (slab) {
    case 'floats':
      return state.floatBase
    case 'keys':
      return state.keyBase
    case 'days':
      return state.dayBase
  }
}

/** @throws TypeError when the column is missing or of another kind, as the next two */
export function numberIn(row: TokenBaselineRow, name: string): number {
  const value = row[name]
  if (typeof value !== 'number') throw new TypeError(`${name} is no number`)
  return value
}

export function textIn(row: TokenBaselineRow, name: string): string {
  const value = row[name]
  if (typeof value !== 'string') throw new TypeError(`${name} is no text`)
  return value
}

/** Numbers of an array column. */
export function numbersIn(row: TokenBaselineRow, name: string): ArrayLike<number> {
  const value = row[name]
  if (typeof value !== 'object' || typeof (value[0] ?? 0) !== 'number') {
    throw new TypeError(`${name} is no array of numbers`)
  }
  return value as ArrayLike<number>
}

/** Texts of an array column. */
export function textsIn(row: TokenBaselineRow, name: string): readonly string[] {
  const value = row[name]
  if (typeof value !== 'object' || typeof (value[0] ?? '') !== 'string') {
    throw new TypeError(`${name} is no array of texts`)
  }
  return Array.from(value as ArrayLike<string>)
}
