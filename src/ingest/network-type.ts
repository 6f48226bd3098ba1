import ipaddr from 'ipaddr.js'

import type { NetworkType } from '../domain/access-event.ts'

/**
 * Autonomous systems whose kind is certain from what their operators sell: kept by hand, short on
 * purpose. Everything else is `unknown`, never guessed: a wrong "hosting" would accuse a customer's
 * office. Names are those of the routing registries.
 */
const typesByAsn: ReadonlyMap<number, NetworkType> = new Map([
  // Amazon, Google Cloud, Microsoft, Oracle, IBM, Alibaba, Tencent, Huawei Cloud.
  ...typed('hosting', [16_509, 14_618, 396_982, 8_075, 31_898, 36_351, 45_102, 37_963]),
  ...typed('hosting', [132_203, 45_090, 136_907, 55_990]),
  // OVH, Hetzner, DigitalOcean, Akamai/Linode, Vultr, Scaleway, Contabo, Leaseweb.
  ...typed('hosting', [16_276, 24_940, 213_230, 14_061, 63_949, 20_473, 12_876, 51_167, 40_021]),
  ...typed('hosting', [60_781, 28_753, 30_633]),
  // M247, Datacamp, Cloudflare, Fastly, Akamai, G-Core, UpCloud, IONOS, Hostinger, Psychz, HostPapa.
  ...typed('hosting', [9_009, 60_068, 212_238, 13_335, 54_113, 20_940, 199_524, 202_053, 8_560]),
  ...typed('hosting', [47_583, 40_676, 36_352]),
  // Rackspace, Fly.io, Packet, netcup, QuadraNet, HostHatch, FranTech, Zenlayer, WIIT, AlexHost.
  ...typed('hosting', [33_070, 27_357, 40_509, 54_825, 197_540, 8_100, 63_473, 53_667, 21_859]),
  ...typed('hosting', [24_961, 200_019]),
  // Multacom, Unified Layer, New Dream, InterServer, Hivelocity, Clouvider.
  ...typed('hosting', [35_916, 46_606, 26_347, 19_318, 29_802, 62_240]),
  // PacketHub carries consumer VPNs, 31173 Services is Mullvad's own network.
  ...typed('vpn', [136_787, 39_351]),
  // Foundations that run Tor exits and little else.
  ...typed('tor', [60_729, 208_323, 198_093]),
  // T-Mobile USA, Verizon Wireless (two), Jio, Airtel, Three UK, O2 UK, Free Mobile.
  ...typed('mobile', [21_928, 6_167, 22_394, 55_836, 45_609, 206_067, 35_228, 51_207]),
  // SK Telecom, NTT Docomo, MTN, MTN Nigeria, Safaricom, Telkomsel, XL, AIS, Realmove, Singtel Mobile.
  ...typed('mobile', [9_644, 9_605, 16_637, 29_465, 33_771, 23_693, 24_203, 131_445, 132_061]),
  ...typed('mobile', [45_143]),
  // Vodafone Idea (two), Celcom, Polkomtel, P4, T-Mobile Poland, Airtel Kenya, Vodafone Egypt.
  ...typed('mobile', [55_644, 38_266, 10_030, 8_374, 39_603, 12_912, 36_926, 36_935]),
])

function typed(type: NetworkType, numbers: readonly number[]): [number, NetworkType][] {
  return numbers.map(asn => [asn, type])
}

/** Ranges of somebody's own network. */
const privateRanges: ReadonlySet<string> = new Set([
  'private',
  'loopback',
  'linkLocal',
  'carrierGradeNat',
  'uniqueLocal',
])

/**
 * Kind of the network of an address.
 *
 * @param ip - in canonical text
 * @param asn - 0 for unknown
 */
export function networkTypeOf(ip: string, asn: number): NetworkType {
  const known = typesByAsn.get(asn)
  if (known !== undefined) return known
  return ipaddr.isValid(ip) && privateRanges.has(ipaddr.parse(ip).range()) ? 'private' : 'unknown'
}
