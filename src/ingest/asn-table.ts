/**
 * Which autonomous system announces an IPv4 address: ranges in typed arrays, sorted by their start, and
 * for each /16 the first range that reaches into it. About 5 MB for 400,000 ranges; a look-up is a
 * binary search within one /16.
 */
export interface AsnTable {
  /** 0 for unknown. O(log n) in the ranges of one block. */
  find(address: number): number
  readonly ranges: number
}

const comma = 0x2c
const newline = 0x0a
const zero = 0x30

/**
 * Parses `start,end,asn,name` lines with numeric addresses, as @ip-location-db/asn has them: sorted, end
 * inclusive. Lines of another form are left out.
 */
export function parseIpv4Asns(csv: Buffer): AsnTable {
  // The shortest possible line has 12 bytes.
  const capacity = Math.ceil(csv.length / 12) + 1
  const starts = new Uint32Array(capacity)
  const ends = new Uint32Array(capacity)
  const asns = new Uint32Array(capacity)
  const cursor = { at: 0 }
  let count = 0
  while (cursor.at < csv.length) {
    const start = readNumber(csv, cursor)
    const end = readNumber(csv, cursor)
    const asn = readNumber(csv, cursor)
    if (start >= (starts[count - 1] ?? 0) && end >= start && end < 2 ** 32) {
      starts[count] = start
      ends[count] = end
      asns[count] = asn
      count += 1
    }
    const next = csv.indexOf(newline, cursor.at)
    cursor.at = next < 0 ? csv.length : next + 1
  }
  return createTable(starts.slice(0, count), ends.slice(0, count), asns.slice(0, count))
}

/** The field at the cursor, which moves behind its comma; NaN for what is no whole number. */
function readNumber(csv: Buffer, cursor: { at: number }): number {
  let value = 0
  let byte = csv[cursor.at]
  while (byte !== undefined && byte !== comma && byte !== newline) {
    const digit = byte - zero
    value = digit >= 0 && digit <= 9 ? value * 10 + digit : Number.NaN
    cursor.at += 1
    byte = csv[cursor.at]
  }
  if (byte === comma) cursor.at += 1
  return value
}

/** First index in [low, high) whose range does not end before `address`; `high` where there is none. */
function firstReaching<Bound extends number | bigint>(
  ends: { readonly [index: number]: Bound },
  address: Bound,
  ...[from, to]: [number, number]
): number {
  let low = from
  let high = to
  while (low < high) {
    const middle = (low + high) >>> 1
    const end = ends[middle]
    if (end !== undefined && end < address) low = middle + 1
    else high = middle
  }
  return low
}

function createTable(starts: Uint32Array, ends: Uint32Array, asns: Uint32Array): AsnTable {
  const firstOfBlock = new Uint32Array(65_537).fill(starts.length)
  for (let block = 0, range = 0; block < 65_536; block += 1) {
    while (range < ends.length && (ends[range] ?? 0) < block * 65_536) range += 1
    firstOfBlock[block] = range
  }

  return {
    ranges: starts.length,
    find(address) {
      const block = Math.floor(address / 65_536)
      const from = firstOfBlock[block] ?? 0
      const to = Math.min((firstOfBlock[block + 1] ?? 0) + 1, starts.length)
      const at = firstReaching(ends, address, from, to)
      return at < starts.length && (starts[at] ?? 0) <= address ? (asns[at] ?? 0) : 0
    },
  }
}

/** The same for IPv6, by the upper 64 bits: nobody announces less than a /64. */
export interface AsnTable6 {
  find(upper: bigint): number
  readonly ranges: number
}

const decimal = /^\d{1,39}$/

/** Parses `start,end,asn,name` lines with 128-bit decimal addresses. */
export function parseIpv6Asns(csv: Buffer): AsnTable6 {
  const lines = csv.toString('latin1').split('\n')
  const starts = new BigUint64Array(lines.length)
  const ends = new BigUint64Array(lines.length)
  const asns = new Uint32Array(lines.length)
  let count = 0
  for (const line of lines) {
    const [start, end, asn] = line.split(',', 3)
    if (start === undefined || end === undefined || !decimal.test(start) || !decimal.test(end))
      continue
    starts[count] = BigInt(start) >> 64n
    ends[count] = BigInt(end) >> 64n
    asns[count] = Number(asn)
    count += 1
  }

  return {
    ranges: count,
    find(upper) {
      const at = firstReaching(ends, upper, 0, count)
      return at < count && (starts[at] ?? 0n) <= upper ? (asns[at] ?? 0) : 0
    },
  }
}
