/**
 * Complementary error function, 1 - erf(x), by a Chebyshev fit of its logarithm.
 *
 * @returns 0 to 2, relative error below 1.3e-7 everywhere; underflows to 0 above x = 27
 * @see Press, Teukolsky, Vetterling & Flannery (1992), Numerical Recipes in C, section 6.2, erfcc
 */
export function erfc(x: number): number {
  const size = Math.abs(x)
  const t = 1 / (1 + 0.5 * size)
  let fit = 0
  for (const coefficient of coefficients) fit = fit * t + coefficient
  const tail = t * Math.exp(-size * size + fit)
  return x >= 0 ? tail : 2 - tail
}

/** Highest power of t first. */
const coefficients = [
  0.17087277, -0.82215223, 1.48851587, -1.13520398, 0.27886807, -0.18628806, 0.09678418, 0.37409196,
  1.00002368, -1.26551223,
]
