import { hourMs } from './hour.ts'
import { type Network, networkIn, networksOf } from './networks.ts'
import { createRandom, type Random } from './random.ts'

/** A company that uses the API. */
export interface Tenant {
  readonly name: string
  readonly country: string
  /** Local time minus UTC. */
  readonly offsetMs: number
  readonly host: string
  readonly applications: readonly string[]
  /** Its office: one /24 of a fixed-line provider. */
  readonly office: { readonly network: Network; readonly subnet: number }
  /** Where it runs its servers. */
  readonly cloud: Network
  /** A cloud in another country, for moves and fail-overs. */
  readonly secondCloud: Network
}

const names = [
  'alder',
  'birch',
  'cedar',
  'elm',
  'hazel',
  'juniper',
  'larch',
  'maple',
  'oak',
  'rowan',
]

/** Countries with a fixed-line, a mobile and (but for FR and ES) a hosting network; usual offset from UTC, h. */
const places = [
  ['DE', 1],
  ['US', -5],
  ['GB', 0],
  ['JP', 9],
  ['FR', 1],
  ['ES', 1],
] as const

const applications = ['shop', 'billing', 'warehouse', 'mobile-app', 'reporting', 'assistant']

/**
 * @param shiftMs - added to every local time: moves all office hours by that much
 */
export function createTenant(seed: number, index: number, shiftMs: number): Tenant {
  const random = createRandom(seed, 'tenant', index)
  const [country, offsetHours] = places[index % places.length] ?? places[0]
  const name = tenantName(index)
  return {
    name,
    country,
    offsetMs: offsetHours * hourMs + shiftMs,
    host: `api.${name}.example.com`,
    applications: applications.map(application => `${name}-${application}`),
    office: { network: networkIn('residential', country, random), subnet: random.integer(256) },
    cloud: homeCloud(country, random),
    secondCloud: random.pick(networksOf('hosting', 'IE')),
  }
}

function tenantName(index: number): string {
  const name = names[index % names.length] ?? 'alder'
  const round = Math.floor(index / names.length)
  return round === 0 ? name : `${name}-${round + 1}`
}

/** Western clouds only, so that the east of the table is left to thieves. */
function homeCloud(country: string, random: Random): Network {
  const near = country === 'JP' || country === 'US' || country === 'GB' ? country : 'DE'
  return networkIn('hosting', near, random)
}
