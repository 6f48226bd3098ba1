import { normalSurprise } from './normal-surprise.ts'

/**
 * Surprise of a Student-t value: -ln P(T > t), by Wallace's normalizing transform
 * z = (8 nu + 1)/(8 nu + 3) sqrt(nu ln(1 + t^2/nu)).
 *
 * @param degrees - of freedom, >= 1
 * @returns nats, finite for finite t, >= 0; error below 2 % for 3 degrees or more
 * @see Wallace (1959), Bounds on normal approximations to Student's and the chi-square
 *   distributions, Annals of Mathematical Statistics 30, 1121-1130
 */
export function studentTSurprise(t: number, degrees: number): number {
  const scale = (8 * degrees + 1) / (8 * degrees + 3)
  const z = scale * Math.sqrt(degrees * Math.log1p((t * t) / degrees))
  return normalSurprise(t >= 0 ? z : -z)
}
