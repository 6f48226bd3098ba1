import { start, youngSlots } from './layout.ts'
import { getKey, setKey, type TokenState } from './token-states.ts'

/** A network or client is young for the first day after a token met it: that long a thief is new. */
const youngSeconds = 86_400

/** Mutates the state: `key` is a source first seen at `second`; the oldest of four gives way. */
export function markYoung(state: TokenState, key: number, second: number): void {
  let place = 0
  for (let i = 1; i < youngSlots; i++) {
    if (getKey(state, start.youngSince + i) < getKey(state, start.youngSince + place)) place = i
  }
  setKey(state, start.youngSources + place, key)
  setKey(state, start.youngSince + place, second)
}

/** Whether the prefix or the client of a call was first seen less than a day before `second`. */
export function isYoungSource(
  state: TokenState,
  source: { readonly prefixKey: number; readonly clientKey: number },
  second: number,
): boolean {
  for (let i = 0; i < youngSlots; i++) {
    const key = getKey(state, start.youngSources + i)
    if (key === 0 || (key !== source.prefixKey && key !== source.clientKey)) continue
    if (second - getKey(state, start.youngSince + i) < youngSeconds) return true
  }
  return false
}
