import ipaddr from 'ipaddr.js'

import { OperatorError } from '../domain/operator-error.ts'
import { createBoundedCache } from '../lib/bounded-cache.ts'

/** An address in canonical text, with its network. */
export interface Address {
  readonly ip: string
  /** `198.51.100.0/24` or `2001:db8:1::/48`. */
  readonly prefix: string
}

/**
 * Four decimal numbers without leading zeros, as unsigned 32 bits; -1 for anything else. Leading zeros
 * are refused because some programs read them as octal: the same text would be two addresses.
 */
export function parseIpv4(text: string): number {
  if (text.length < 7 || text.length > 15) return -1
  let address = 0
  let at = 0
  for (let part = 0; part < 4; part += 1) {
    let octet = -1
    while (at < text.length && text.charCodeAt(at) !== 0x2e) {
      octet = nextOctet(octet, text.charCodeAt(at) - 0x30)
      if (octet < 0) return -1
      at += 1
    }
    if (octet < 0) return -1
    address = address * 256 + octet
    at += 1
  }
  return at === text.length + 1 ? address : -1
}

function nextOctet(octet: number, digit: number): number {
  if (digit < 0 || digit > 9 || octet === 0) return -1
  const next = octet < 0 ? digit : octet * 10 + digit
  return next <= 255 ? next : -1
}

const ipv4Text = (address: number) =>
  `${address >>> 24}.${(address >>> 16) & 255}.${(address >>> 8) & 255}.${address & 255}`

/**
 * Reads an address as logs write it: with a port, brackets, a zone, quotes, or mapped from IPv4.
 *
 * @returns undefined for host names, `unknown`, `unix:` and garbage
 */
export function parseAddress(text: string): Address | undefined {
  const direct = parseIpv4(text)
  if (direct >= 0) return ipv4Address(text, direct)
  if (text.length > 80) return undefined
  const bare = withoutDecoration(text)
  const address = parseIpv4(bare)
  if (address >= 0) return ipv4Address(bare, address)
  return bare.includes(':') ? parseIpv6(bare) : undefined
}

function ipv4Address(ip: string, address: number): Address {
  return { ip, prefix: `${ipv4Text(address & ~0xff)}/24` }
}

/** Without quotes, brackets, a port and an IPv6 zone. */
function withoutDecoration(text: string): string {
  const trimmed = text.trim().replaceAll('"', '')
  const bracketed = /^\[([^\]]*)\](?::\d{1,5})?$/.exec(trimmed)
  const [host = ''] = (bracketed?.[1] ?? trimmed).split('%', 1)
  const port = /^([\d.]+):\d{1,5}$/.exec(host)
  return port?.[1] ?? host
}

function parseIpv6(text: string): Address | undefined {
  if (!ipaddr.IPv6.isValid(text)) return undefined
  const parsed = ipaddr.IPv6.parse(text)
  if (parsed.isIPv4MappedAddress()) {
    const ip = parsed.toIPv4Address().toString()
    return ipv4Address(ip, parseIpv4(ip))
  }
  const [a = 0, b = 0, c = 0] = parsed.parts
  const network = new ipaddr.IPv6([a, b, c, 0, 0, 0, 0, 0])
  return { ip: parsed.toRFC5952String(), prefix: `${network.toRFC5952String()}/48` }
}

const proxyCacheEntriesMax = 20_000

/** Whether an address belongs to one of the operator's own proxies. */
export type ProxyCheck = (ip: string) => boolean

/**
 * Compiles the list of trusted networks.
 *
 * @throws OperatorError naming each entry that is neither an address nor a CIDR
 */
export function compileProxies(networks: readonly string[]): ProxyCheck {
  const faults = networks.flatMap((network, at) =>
    isNetwork(network)
      ? []
      : [
          {
            path: `normalize.trustedProxies[${at}]`,
            problem: 'This is neither an address nor a network.',
            remedy: 'Write for instance 192.0.2.10 or 192.0.2.0/24.',
          },
        ],
  )
  if (faults.length > 0) throw new OperatorError(faults)
  const compiled = networks.map(parseNetwork)
  if (compiled.length === 0) return () => false
  const known = createBoundedCache<boolean>(proxyCacheEntriesMax)
  return ip => {
    const again = known.get(ip)
    if (again !== undefined) return again
    const address = ipaddr.parse(ip)
    const isProxy = compiled.some(
      ([network, bits]) => network.kind() === address.kind() && address.match(network, bits),
    )
    known.set(ip, isProxy)
    return isProxy
  }
}

function isNetwork(text: string): boolean {
  return ipaddr.isValidCIDR(text) || ipaddr.isValid(text)
}

function parseNetwork(text: string): [ipaddr.IPv4 | ipaddr.IPv6, number] {
  if (ipaddr.isValidCIDR(text)) return ipaddr.parseCIDR(text)
  const address = ipaddr.parse(text)
  return [address, address.kind() === 'ipv4' ? 32 : 128]
}

/** Longer lists are an attack: no chain of proxies has so many. */
const hopsMax = 32

/**
 * The client behind trusted proxies: the rightmost address of X-Forwarded-For that is not one of them.
 * Whatever stands to the left of it was written by the client and is not read. An entry that is no
 * address ends the walk: the last proxy that could be told is the answer.
 */
export function clientBehindProxies(
  peer: Address,
  forwardedFor: string | undefined,
  isProxy: ProxyCheck,
): Address {
  if (forwardedFor === undefined || !isProxy(peer.ip)) return peer
  const hops = forwardedFor.slice(-2_000).split(',').slice(-hopsMax)
  let client = peer
  for (let i = hops.length - 1; i >= 0; i -= 1) {
    const hop = parseAddress(hops[i] ?? '')
    if (hop === undefined) return client
    client = hop
    if (!isProxy(hop.ip)) return client
  }
  return client
}
