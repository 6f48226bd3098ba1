import { erfc } from './erfc.ts'

/**
 * Surprise of a standard normal value: -ln P(Z > z).
 *
 * Below z = 8 from erfc; above it from the Mills ratio's asymptotic series, which never underflows:
 * z^2/2 + ln z + ln sqrt(2 pi) - ln(1 - 1/z^2 + 3/z^4 - 15/z^6).
 *
 * @returns nats, finite for finite z, >= 0, error below 1e-5
 * @see Abramowitz & Stegun (1964), Handbook of Mathematical Functions, 26.2.12
 */
export function normalSurprise(z: number): number {
  if (z < 8) return -Math.log(Math.min(1, 0.5 * erfc(z * Math.SQRT1_2)))
  const q = 1 / (z * z)
  return 0.5 * z * z + Math.log(z) + lnSqrtTwoPi - Math.log1p(-q + 3 * q * q - 15 * q * q * q)
}

const lnSqrtTwoPi = 0.918_938_533_204_672_7
