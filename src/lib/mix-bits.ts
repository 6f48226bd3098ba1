/**
 * Spreads a 32-bit integer over all 32 bits, one to one: close inputs give far outputs.
 *
 * @returns 0 to 2^32 - 1
 * @see Wellons (2018), Prospecting for Hash Functions: lowbias32
 */
export function mixBits(value: number): number {
  let bits = value | 0
  bits ^= bits >>> 16
  bits = Math.imul(bits, 0x7feb352d)
  bits ^= bits >>> 15
  bits = Math.imul(bits, 0x846ca68b)
  bits ^= bits >>> 16
  return bits >>> 0
}
