/**
 * ln Gamma(x) by Lanczos' approximation.
 *
 * @param x - > 0
 * @returns absolute error below 1e-9 for x up to 1e5
 * @see Lanczos (1964), SIAM Journal on Numerical Analysis 1, 86-96; coefficients: Press et al.
 *   (1992), Numerical Recipes in C, section 6.1, gammln
 */
export function logGamma(x: number): number {
  const shifted = x + 5.5
  let series = 1.000000000190015
  let y = x
  for (const coefficient of coefficients) series += coefficient / ++y
  return (x + 0.5) * Math.log(shifted) - shifted + Math.log((2.506628274631001 * series) / x)
}

const coefficients = [
  76.18009172947146, -86.5053203294168, 24.01409824083091, -1.231739572450155,
  0.1208650973866179e-2, -0.5395239384953e-5,
]
