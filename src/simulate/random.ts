/** A seeded stream of draws. Mutates: every draw moves it on. */
export interface Random {
  /** Uniform in [0, 1), 32 bits. */
  next(): number
  /** Uniform integer in [0, below); 0 for `below` <= 1. */
  integer(below: number): number
  chance(probability: number): boolean
  /** @throws RangeError when the list is empty */
  pick<Item>(list: readonly Item[]): Item
  /** Item i with probability proportional to 1 / (i + 1): a few favorites and a long tail. */
  pickByRank<Item>(list: readonly Item[]): Item
  /** Standard normal (Box and Muller 1958). */
  normal(): number
  /** Log-normal with this median; `sigma` is the standard deviation of the logarithm. */
  logNormal(median: number, sigma: number): number
  /** Poisson; a rounded normal above a mean of 30. */
  poisson(mean: number): number
  /** `length` digits of lower-case hex. */
  hex(length: number): string
}

const lanes = [0x811c9dc5, 0x9e3779b9, 0x85ebca6b, 0xc2b2ae35] as const

/**
 * A stream that depends on its path alone, for instance seed, token number, hour: so that any hour of
 * any token can be drawn without drawing what came before it.
 *
 * Generator: sfc32 (Doty-Humphrey, PractRand 2010), period about 2^127, seeded by four FNV-1a hashes of
 * the path with the finalizer of MurmurHash3 (Appleby 2011). Not for secrets.
 */
export function createRandom(...path: readonly (number | string)[]): Random {
  const next = sfc32(lanes.map(lane => finalize(hashPath(path, lane))))
  for (let round = 0; round < 8; round += 1) next()
  const integer = (below: number) => Math.floor(next() * Math.max(1, below))
  const normal = () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next())
  const pick = <Item>(list: readonly Item[]) => itemAt(list, integer(list.length))
  return {
    next,
    integer,
    pick,
    normal,
    chance: probability => next() < probability,
    pickByRank: list => itemAt(list, rankOf(next(), list.length)),
    logNormal: (median, sigma) => median * Math.exp(sigma * normal()),
    poisson: mean =>
      mean > 30
        ? Math.max(0, Math.round(mean + Math.sqrt(mean) * normal()))
        : countUntil(mean, next),
    hex: length => Array.from({ length }, () => integer(16).toString(16)).join(''),
  }
}

function sfc32(state: readonly number[]): () => number {
  let [a = 0, b = 0, c = 0, counter = 0] = state
  return () => {
    const sum = (((a + b) | 0) + counter) | 0
    counter = (counter + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = (c << 21) | (c >>> 11)
    c = (c + sum) | 0
    return (sum >>> 0) / 4_294_967_296
  }
}

function hashPath(path: readonly (number | string)[], lane: number): number {
  let hash = lane
  for (const step of path) {
    if (typeof step === 'number') {
      hash = Math.imul(hash ^ (step | 0), 0x01000193)
      hash = finalize(hash ^ Math.floor(step / 4_294_967_296))
    } else {
      for (let index = 0; index < step.length; index += 1) {
        hash = Math.imul(hash ^ step.charCodeAt(index), 0x01000193)
      }
      hash = finalize(hash)
    }
  }
  return hash
}

function finalize(hash: number): number {
  let mixed = hash ^ (hash >>> 16)
  mixed = Math.imul(mixed, 0x85ebca6b)
  mixed ^= mixed >>> 13
  mixed = Math.imul(mixed, 0xc2b2ae35)
  return mixed ^ (mixed >>> 16)
}

function itemAt<Item>(list: readonly Item[], index: number): Item {
  if (list.length === 0) throw new RangeError('nothing to pick from')
  return list[index] as Item
}

/** Inverse of the cumulative 1 / (i + 1) weights; lists here have at most a few dozen items. */
function rankOf(uniform: number, length: number): number {
  let total = 0
  for (let rank = 1; rank <= length; rank += 1) total += 1 / rank
  let left = uniform * total
  for (let rank = 1; rank < length; rank += 1) {
    left -= 1 / rank
    if (left < 0) return rank - 1
  }
  return length - 1
}

/** Knuth's method: multiply uniforms until they fall below e^-mean. */
function countUntil(mean: number, next: () => number): number {
  const floor = Math.exp(-mean)
  let count = 0
  for (let product = next(); product > floor; product *= next()) count += 1
  return count
}
