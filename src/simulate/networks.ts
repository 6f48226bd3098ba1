import type { Random } from './random.ts'

export type NetworkKind = 'residential' | 'mobile' | 'hosting'

/** One /16 of a well-known provider. */
export interface Network {
  readonly asn: number
  readonly country: string
  readonly kind: NetworkKind
  /** First two bytes of its addresses. */
  readonly base: string
}

/** Where a call comes from. */
export interface Source {
  readonly ip: string
  readonly asn: number
  readonly country: string
}

/**
 * Real allocations, because a reader of the demo should see names of networks that exist. Every /24 of
 * each /16 has this AS number and country in the address databases that ship with tokenwatch (a test
 * compares them); the hosts in them are drawn at random and stand for nobody.
 */
const table = `
residential US 7922 73.160, 7018 108.192
residential DE 3320 79.192, 3209 88.64
residential FR 3215 86.192, 12322 82.224
residential GB 2856 86.128, 5089 86.0
residential NL 1136 77.160
residential ES 3352 83.32
residential PL 5617 79.184
residential RO 8708 86.120
residential JP 17676 60.96
residential BR 28573 179.136
residential VN 45899 14.160
residential SG 9506 121.6
residential CA 812 99.224
residential AU 1221 1.120
mobile US 21928 162.160, 22394 70.192
mobile DE 6805 77.0
mobile FR 5410 176.176
mobile ES 12430 77.208, 12430 47.58
mobile GB 206067 92.40
mobile IN 55836 157.32
mobile JP 2516 106.128
hosting US 14618 44.192, 396982 34.132, 8075 20.64, 8075 52.160, 31898 129.80
hosting DE 16509 63.176, 24940 49.12
hosting IE 16509 3.248
hosting GB 16509 18.132
hosting JP 16509 13.112
hosting NL 60781 95.211, 60781 85.17
hosting SG 132203 43.160, 45102 43.110
hosting CN 45090 43.176
`

export const networks: readonly Network[] = table
  .trim()
  .split('\n')
  .flatMap(line => {
    const [kind = '', country = '', ...blocks] = line.split(/,? /)
    return Array.from({ length: blocks.length / 2 }, (_, index) => ({
      asn: Number(blocks[2 * index]),
      country,
      kind: kind as NetworkKind,
      base: blocks[2 * index + 1] ?? '',
    }))
  })

/** Networks of a kind, in a country or, with a leading `!`, anywhere else. */
export function networksOf(kind: NetworkKind, country?: string): readonly Network[] {
  const isThere = (network: Network) =>
    country === undefined ||
    (country.startsWith('!') ? network.country !== country.slice(1) : network.country === country)
  return networks.filter(network => network.kind === kind && isThere(network))
}

/** One of a country's networks of that kind; of the largest country's where it has none in the table. */
export function networkIn(kind: NetworkKind, country: string, random: Random): Network {
  const local = networksOf(kind, country)
  return random.pick(local.length > 0 ? local : networksOf(kind, 'US'))
}

/** A random host in a random /24 of the network, or in the given /24. */
export function sourceIn(network: Network, random: Random, subnet = random.integer(256)): Source {
  const { asn, country, base } = network
  return { ip: `${base}.${subnet}.${1 + random.integer(254)}`, asn, country }
}
