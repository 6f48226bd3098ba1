import type { EntityKind, Fingerprint } from '../domain/access-event.ts'
import { slabBytes, slabLengths } from './layout.ts'

/** Tokens that share one allocation: small enough to waste little, large enough to be rare. */
const chunkBits = 9
const chunkTokens = 1 << chunkBits

/** What does not fit in a slab of numbers. */
interface TokenIdentity {
  readonly token: Fingerprint
  readonly entity: EntityKind
  readonly tenant: string
  /** Index of its peer group; changes when another population is restored. */
  group: number
}

interface Chunk {
  readonly scalars: Float64Array
  readonly floats: Float32Array
  readonly keys: Uint32Array
  readonly days: Uint16Array
}

/**
 * Cursor over one token's state, moved in place: no object per token. The accessors below read and
 * write at the cursor; offsets are those of `at` and `start`.
 */
export interface TokenState {
  slot: number
  identity: TokenIdentity
  chunk: Chunk
  scalarBase: number
  floatBase: number
  keyBase: number
  dayBase: number
}

/** All tokens' states: fingerprint to slot, slabs, and the cursor. */
export interface TokenStates {
  readonly cursor: TokenState
  find(token: Fingerprint): number | undefined
  identityOf(slot: number): TokenIdentity | undefined
  /** A zeroed state; the cursor stands on it. */
  allocate(identity: TokenIdentity): number
  /** Moves the cursor. */
  moveTo(slot: number): TokenState
  free(slot: number): void
  /** Slots in use lie below it. */
  readonly slotEnd: number
  readonly count: number
  /** Memory of slabs and index, estimated. */
  readonly bytes: number
}

const nobody: TokenIdentity = {
  token: '' as Fingerprint,
  entity: 'token',
  tenant: '',
  group: 0,
}

/** Map entry, fingerprint text and identity record of one token, as measured on V8. */
const indexBytesPerToken = 190

export function createTokenStates(): TokenStates {
  const slots = new Map<Fingerprint, number>()
  const identities: (TokenIdentity | undefined)[] = []
  const freed: number[] = []
  const chunks: Chunk[] = []
  const cursor: TokenState = {
    slot: -1,
    identity: nobody,
    chunk: createChunk(0),
    scalarBase: 0,
    floatBase: 0,
    keyBase: 0,
    dayBase: 0,
  }

  function moveTo(slot: number): TokenState {
    const identity = identities[slot]
    const chunk = chunks[slot >> chunkBits]
    if (identity === undefined || chunk === undefined) throw new RangeError(`no token in ${slot}`)
    const place = slot & (chunkTokens - 1)
    cursor.slot = slot
    cursor.identity = identity
    cursor.chunk = chunk
    cursor.scalarBase = place * slabLengths.scalars
    cursor.floatBase = place * slabLengths.floats
    cursor.keyBase = place * slabLengths.keys
    cursor.dayBase = place * slabLengths.days
    return cursor
  }

  return {
    cursor,
    moveTo,
    find: token => slots.get(token),
    identityOf: slot => identities[slot],
    allocate(identity) {
      const slot = freed.pop() ?? identities.length
      if (slot >> chunkBits === chunks.length) chunks.push(createChunk(chunkTokens))
      identities[slot] = identity
      slots.set(identity.token, slot)
      moveTo(slot)
      clear(cursor)
      return slot
    },
    free(slot) {
      const identity = identities[slot]
      if (identity === undefined) return
      slots.delete(identity.token)
      identities[slot] = undefined
      freed.push(slot)
    },
    get slotEnd() {
      return identities.length
    },
    get count() {
      return slots.size
    },
    get bytes() {
      return chunks.length * chunkTokens * slabBytes + slots.size * indexBytesPerToken
    },
  }
}

function createChunk(tokens: number): Chunk {
  return {
    scalars: new Float64Array(tokens * slabLengths.scalars),
    floats: new Float32Array(tokens * slabLengths.floats),
    keys: new Uint32Array(tokens * slabLengths.keys),
    days: new Uint16Array(tokens * slabLengths.days),
  }
}

function clear({ chunk, scalarBase, floatBase, keyBase, dayBase }: TokenState): void {
  chunk.scalars.fill(0, scalarBase, scalarBase + slabLengths.scalars)
  chunk.floats.fill(0, floatBase, floatBase + slabLengths.floats)
  chunk.keys.fill(0, keyBase, keyBase + slabLengths.keys)
  chunk.days.fill(0, dayBase, dayBase + slabLengths.days)
}

// Reads beyond a slab are a bug of the caller; NaN makes the guard where evidence enters find it.

export function get(state: TokenState, index: number): number {
  return state.chunk.scalars[state.scalarBase + index] ?? Number.NaN
}

export function set(state: TokenState, index: number, value: number): void {
  state.chunk.scalars[state.scalarBase + index] = value
}

/** @returns the sum */
export function add(state: TokenState, index: number, amount: number): number {
  const sum = get(state, index) + amount
  set(state, index, sum)
  return sum
}

export function getFloat(state: TokenState, index: number): number {
  return state.chunk.floats[state.floatBase + index] ?? Number.NaN
}

export function setFloat(state: TokenState, index: number, value: number): void {
  state.chunk.floats[state.floatBase + index] = value
}

/** @returns the sum, before it is rounded to 32 bits */
export function addFloat(state: TokenState, index: number, amount: number): number {
  const sum = getFloat(state, index) + amount
  setFloat(state, index, sum)
  return sum
}

/** Zeroes `length` floats from `index`. */
export function clearFloats(state: TokenState, index: number, length: number): void {
  state.chunk.floats.fill(0, state.floatBase + index, state.floatBase + index + length)
}

export function getKey(state: TokenState, index: number): number {
  return state.chunk.keys[state.keyBase + index] ?? Number.NaN
}

export function setKey(state: TokenState, index: number, value: number): void {
  state.chunk.keys[state.keyBase + index] = value
}

export function clearKeys(state: TokenState, index: number, length: number): void {
  state.chunk.keys.fill(0, state.keyBase + index, state.keyBase + index + length)
}

export function getDay(state: TokenState, index: number): number {
  return state.chunk.days[state.dayBase + index] ?? Number.NaN
}

export function setDay(state: TokenState, index: number, value: number): void {
  state.chunk.days[state.dayBase + index] = value
}
