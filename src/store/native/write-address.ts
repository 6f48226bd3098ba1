import { isIPv6 } from 'node:net'

const ZERO = 48

/**
 * Writes an address in text form as 16 bytes in network order; IPv4 as ::ffff:a.b.c.d, the empty text
 * (no address) as ::. Mutates `buffer` at `position`; allocates nothing for IPv4.
 *
 * @returns false when the text is no address: the bytes are then undefined
 */
export function writeAddress(text: string, buffer: Uint8Array, position: number): boolean {
  buffer.fill(0, position, position + 16)
  if (text === '') return true
  if (writeIPv4(text, buffer, position + 12)) {
    buffer[position + 10] = 255
    buffer[position + 11] = 255
    return true
  }
  return writeIPv6(text, buffer, position)
}

function writeIPv4(text: string, buffer: Uint8Array, position: number): boolean {
  let start = 0
  for (let at = 0; at < 4; at++) {
    const end = at === 3 ? text.length : text.indexOf('.', start)
    const octet = octetOf(text, start, end)
    if (octet < 0) return false
    buffer[position + at] = octet
    start = end + 1
  }
  return true
}

/** Value of one to three digits, -1 when they are none or more than 255. */
function octetOf(text: string, start: number, end: number): number {
  const digits = end - start
  if (digits < 1 || digits > 3) return -1
  let octet = 0
  for (let at = start; at < end; at++) {
    const digit = text.charCodeAt(at) - ZERO
    if (digit < 0 || digit > 9) return -1
    octet = octet * 10 + digit
  }
  return octet > 255 ? -1 : octet
}

function writeIPv6(text: string, buffer: Uint8Array, position: number): boolean {
  if (!isIPv6(text) || text.includes('%')) return false
  const [head = '', tail] = text.split('::')
  writeGroups(head, buffer, position)
  if (tail !== undefined && tail !== '') {
    writeGroups(tail, buffer, position + 16 - bytesOf(tail))
  }
  return true
}

const bytesOf = (groups: string) =>
  groups.split(':').reduce((bytes, group) => bytes + (group.includes('.') ? 4 : 2), 0)

function writeGroups(groups: string, buffer: Uint8Array, position: number): void {
  if (groups === '') return
  let at = position
  for (const group of groups.split(':')) {
    if (group.includes('.')) {
      writeIPv4(group, buffer, at)
      at += 4
      continue
    }
    const value = Number.parseInt(group, 16)
    buffer[at++] = value >>> 8
    buffer[at++] = value & 255
  }
}
