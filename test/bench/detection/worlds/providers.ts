import type { Random } from '../../../../src/simulate/random.ts'

type ProviderKind = 'fixed' | 'carrier' | 'hosting' | 'cloud' | 'vpn'

/** One /16 of 10.0.0.0/8: the networks of these worlds belong to nobody. */
export interface Provider {
  /** From the range for private use; a brand has the same one in all its countries. */
  readonly asn: number
  readonly country: string
  readonly kind: ProviderKind
  readonly block: number
  /** /24s in use. */
  readonly subnets: number
}

/** One /24. */
export interface Place {
  readonly provider: Provider
  readonly subnet: number
}

export interface Source {
  readonly ip: string
  readonly asn: number
  readonly country: string
}

export const countries = [
  'US',
  'DE',
  'GB',
  'FR',
  'NL',
  'PL',
  'ES',
  'IN',
  'BR',
  'JP',
  'SG',
  'VN',
  'RO',
  'TR',
] as const

const cloudRegions = ['US', 'NL', 'SG', 'DE'] as const
const vpnExits = ['US', 'NL', 'DE', 'GB', 'SG', 'RO', 'FR', 'JP'] as const

function createProviders(): readonly Provider[] {
  const made: Provider[] = []
  let asn = 64_512
  const add = (kind: ProviderKind, country: string, subnets: number) =>
    made.push({ asn, country, kind, subnets, block: made.length })
  const addBrand = (kind: ProviderKind, subnets: number, places: readonly string[]) => {
    for (const country of places) add(kind, country, subnets)
    asn += 1
  }
  for (const country of countries) {
    for (let i = 0; i < 3; i++) addBrand('fixed', 220, [country])
    for (let i = 0; i < 2; i++) addBrand('carrier', 48, [country])
    addBrand('hosting', 120, [country])
  }
  for (let i = 0; i < 5; i++) addBrand('cloud', 240, cloudRegions)
  for (let i = 0; i < 3; i++) addBrand('vpn', 12, vpnExits)
  return made
}

const providers = createProviders()

/** @param country - with a leading `!`: anywhere else; anywhere when absent */
export function providersOf(kind: ProviderKind, country = ''): readonly Provider[] {
  const isThere = (provider: Provider) => {
    if (country === '') return true
    return country.startsWith('!')
      ? provider.country !== country.slice(1)
      : provider.country === country
  }
  return providers.filter(provider => provider.kind === kind && isThere(provider))
}

/** The brand's network in another country. */
export function siblingRegion(provider: Provider, random: Random): Provider {
  const others = providers.filter(
    ({ asn, country }) => asn === provider.asn && country !== provider.country,
  )
  return others.length > 0 ? random.pick(others) : provider
}

export const placeIn = (provider: Provider, random: Random): Place => ({
  provider,
  subnet: random.integer(provider.subnets),
})

export const hostIn = (random: Random) => 2 + random.integer(250)

export function sourceAt({ provider, subnet }: Place, host: number): Source {
  const { asn, country, block } = provider
  return { ip: `10.${block}.${subnet}.${host}`, asn, country }
}

/** Any host of the provider. */
export const sourceOf = (provider: Provider, random: Random): Source =>
  sourceAt(placeIn(provider, random), hostIn(random))
