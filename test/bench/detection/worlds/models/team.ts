import { createRandom, type Random } from '../../../../../src/simulate/random.ts'
import { dayMs, hourMs } from '../../../../support/traffic.ts'
import { between } from '../draws.ts'
import { type Place, type Provider, placeIn, providersOf, siblingRegion } from '../providers.ts'

/** A team that has keys for language models. */
export interface Team {
  readonly index: number
  readonly name: string
  readonly host: string
  readonly country: string
  readonly offsetMs: number
  readonly office: Place
  cloudAt(tsMs: number): Provider
  /** Addresses of the hosted build machines that all teams share. */
  readonly builders: Provider
  /** From then on its programs use the successor of their model. */
  readonly successionMs: number
  /** From then on it has several times as many users. */
  readonly launchMs: number
  readonly moveMs: number
  /** Major version of the official kit goes up. */
  readonly upgradeMs: number
}

const homes = [
  ['US', -8],
  ['US', -5],
  ['GB', 0],
  ['DE', 1],
  ['IN', 5],
  ['JP', 9],
] as const

export function createTeam(options: {
  readonly seed: number
  readonly index: number
  readonly startMs: number
  readonly days: number
}): Team {
  const { seed, index, startMs, days } = options
  const random = createRandom(seed, 'team', index)
  const [country, offsetHours] = random.pick(homes)
  const somewhen = (probability: number) =>
    random.chance(probability)
      ? startMs + between(random, 4, days) * dayMs
      : Number.POSITIVE_INFINITY
  const cloud = random.pick(providersOf('cloud'))
  const nextCloud = random.chance(0.5) ? siblingRegion(cloud, random) : anyCloud(random)
  const moveMs = somewhen(0.25)
  return {
    index,
    name: `team-${index + 1}`,
    host: 'llm.example.com',
    country,
    offsetMs: offsetHours * hourMs,
    office: placeIn(random.pick(providersOf('fixed', country)), random),
    cloudAt: tsMs => (tsMs < moveMs ? cloud : nextCloud),
    builders: anyCloud(createRandom(seed, 'builders')),
    successionMs: somewhen(0.5),
    launchMs: somewhen(0.25),
    moveMs,
    upgradeMs: somewhen(0.6),
  }
}

const anyCloud = (random: Random) => random.pick(providersOf('cloud'))
