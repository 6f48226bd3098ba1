import type { Random } from '../../../../src/simulate/random.ts'

/** Gamma with scale 1 (Marsaglia and Tsang 2000). */
function gamma(random: Random, shape: number): number {
  if (shape < 1) return gamma(random, shape + 1) * random.next() ** (1 / shape)
  const d = shape - 1 / 3
  for (;;) {
    const x = random.normal()
    const v = (1 + x / Math.sqrt(9 * d)) ** 3
    if (v > 0 && Math.log(1 - random.next()) < x * x * 0.5 + d * (1 - v + Math.log(v))) return d * v
  }
}

/** Counts with variance mean + mean^2 / size: a Poisson whose mean is itself drawn. */
export const negativeBinomial = (random: Random, mean: number, size: number) =>
  mean > 0 ? random.poisson((mean * gamma(random, size)) / size) : 0

export const exponential = (random: Random, mean: number) => -mean * Math.log(1 - random.next())

export const between = (random: Random, low: number, high: number) =>
  low + random.next() * (high - low)

/** An item with probability proportional to its weight. */
export function pickWeighted<Item extends { readonly weight: number }>(
  random: Random,
  items: readonly Item[],
): Item {
  let left = random.next() * items.reduce((sum, { weight }) => sum + weight, 0)
  const drawn = items.find(({ weight }) => {
    left -= weight
    return left < 0
  })
  return drawn ?? random.pick(items)
}
