/**
 * 53-bit hash of a text: as many bits as a JavaScript number holds exactly.
 *
 * Two 32-bit multiply-xor lanes (the constants are those of MurmurHash3 and xxHash), mixed at the end;
 * a port of the public-domain cyrb53. Not for secrets: `seed` only makes the values of two
 * installations incomparable.
 */
export function hash53(text: string, seed: number): number {
  let high = 0xdeadbeef ^ seed
  let low = 0x41c6ce57 ^ seed
  for (let i = 0; i < text.length; i += 1) {
    const code = text.charCodeAt(i)
    high = Math.imul(high ^ code, 2_654_435_761)
    low = Math.imul(low ^ code, 1_597_334_677)
  }
  high =
    Math.imul(high ^ (high >>> 16), 2_246_822_507) ^ Math.imul(low ^ (low >>> 13), 3_266_489_909)
  low =
    Math.imul(low ^ (low >>> 16), 2_246_822_507) ^ Math.imul(high ^ (high >>> 13), 3_266_489_909)
  return 4_294_967_296 * (2_097_151 & low) + (high >>> 0)
}
