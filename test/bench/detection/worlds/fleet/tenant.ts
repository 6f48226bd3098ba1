import { createRandom, type Random } from '../../../../../src/simulate/random.ts'
import { dayMs, hourMs } from '../../../../support/traffic.ts'
import type { Operation } from '../day-engine.ts'
import { between } from '../draws.ts'
import {
  countries,
  type Place,
  type Provider,
  placeIn,
  providersOf,
  siblingRegion,
} from '../providers.ts'

export interface Span {
  readonly startMs: number
  readonly endMs: number
}

/** A release: new operations, and a new major version of the tenant's own kit. */
interface Release {
  readonly atMs: number
  readonly operations: readonly Operation[]
  readonly raisesMajor: boolean
}

/** A company, its API and what happens to it in the course of the world. */
export interface Tenant {
  readonly index: number
  readonly name: string
  readonly host: string
  readonly country: string
  offsetMs(dayIndex: number): number
  /** From the most to the least used. */
  readonly operations: readonly Operation[]
  readonly adminOperations: readonly Operation[]
  officeAt(tsMs: number): Place
  cloudAt(tsMs: number): Provider
  readonly releases: readonly Release[]
  /** The back end fails, clients try again. */
  readonly outages: readonly Span[]
  /** Its cloud calls come from another region. */
  readonly failovers: readonly Span[]
  /** Records of this time reach the log at its end. */
  readonly stalls: readonly Span[]
  readonly officeMoveMs: number
  readonly migrationMs: number
}

const nouns = [
  'accounts',
  'alerts',
  'assets',
  'bookings',
  'carts',
  'claims',
  'contacts',
  'deliveries',
  'devices',
  'documents',
  'events',
  'files',
  'forms',
  'invoices',
  'jobs',
  'leads',
  'messages',
  'meters',
  'notes',
  'offers',
  'orders',
  'parcels',
  'payments',
  'policies',
  'prices',
  'profiles',
  'quotes',
  'readings',
  'refunds',
  'reports',
  'routes',
  'sensors',
  'shifts',
  'sites',
  'stocks',
  'tasks',
  'tickets',
  'trips',
  'users',
  'vehicles',
]
const adminNouns = ['users', 'keys', 'roles', 'audit', 'exports', 'settings', 'webhooks', 'billing']
const utcOffsets: Readonly<Record<string, number>> = {
  US: -5,
  DE: 1,
  GB: 0,
  FR: 1,
  NL: 1,
  PL: 1,
  ES: 1,
  IN: 5,
  BR: -3,
  JP: 9,
  SG: 8,
  VN: 7,
  RO: 2,
  TR: 3,
}
const withSummerTime = new Set(['DE', 'GB', 'FR', 'NL', 'PL', 'ES', 'RO'])

/** @param summerTimeDay - day of the world on which clocks go forward in Europe */
export function createTenant(options: {
  readonly seed: number
  readonly index: number
  readonly startMs: number
  readonly days: number
  readonly summerTimeDay: number
}): Tenant {
  const { seed, index, startMs, days, summerTimeDay } = options
  const random = createRandom(seed, 'tenant', index)
  const country = random.pick(countries.slice(0, 11))
  const momentIn = (fromDay: number) => startMs + between(random, fromDay, days) * dayMs
  const somewhen = (probability: number, fromDay = 3) =>
    random.chance(probability) ? momentIn(fromDay) : Number.POSITIVE_INFINITY
  const operations = createOperations(random)
  const offices = [1, 2].map(() => placeIn(random.pick(providersOf('fixed', country)), random))
  const clouds = [1, 2].map(() => random.pick(providersOf('cloud')))
  const officeMoveMs = somewhen(0.3)
  const migrationMs = somewhen(0.25)
  const failovers = spans(random, { startMs, days, count: random.poisson(0.5), hours: [2, 9] })
  const otherRegion = siblingRegion(pickAt(clouds, 0), random)
  const summerMs = withSummerTime.has(country) ? hourMs : 0
  return {
    index,
    name: `tenant-${index + 1}`,
    host: `api.tenant-${index + 1}.example.com`,
    country,
    offsetMs: day => (utcOffsets[country] ?? 0) * hourMs + (day >= summerTimeDay ? summerMs : 0),
    operations,
    adminOperations: adminNouns.map(noun => operation('GET', `/admin/${noun}`, false, random)),
    officeAt: tsMs => pickAt(offices, tsMs < officeMoveMs ? 0 : 1),
    cloudAt: tsMs => {
      if (failovers.some(span => isWithin(span, tsMs))) return otherRegion
      return pickAt(clouds, tsMs < migrationMs ? 0 : 1)
    },
    releases: Array.from({ length: 1 + random.poisson(1.2) }, () => ({
      atMs: momentIn(2),
      operations: createOperations(random).slice(0, 2 + random.integer(3)),
      raisesMajor: random.chance(0.4),
    })),
    outages: spans(random, { startMs, days, count: random.poisson(0.8), hours: [0.2, 0.8] }),
    failovers,
    stalls: spans(random, { startMs, days, count: random.poisson(0.8), hours: [1, 5] }),
    officeMoveMs,
    migrationMs,
  }
}

export const isWithin = ({ startMs, endMs }: Span, tsMs: number) => tsMs >= startMs && tsMs < endMs

function spans(
  random: Random,
  shape: {
    readonly startMs: number
    readonly days: number
    readonly count: number
    readonly hours: readonly [number, number]
  },
): readonly Span[] {
  return Array.from({ length: shape.count }, () => {
    const startMs = shape.startMs + between(random, 3, shape.days) * dayMs
    return { startMs, endMs: startMs + between(random, ...shape.hours) * hourMs }
  })
}

/** Five to twelve resources with two or three operations each, the favorites first. */
function createOperations(random: Random): readonly Operation[] {
  const version = random.pick(['v1', 'v1', 'v2', 'v3'])
  const made: Operation[] = []
  const first = random.integer(nouns.length)
  const count = 5 + random.integer(8)
  for (let i = 0; i < count; i++) {
    const noun = nouns[(first + i * 7) % nouns.length] ?? 'items'
    const route = `/${version}/${noun}`
    made.push(operation('GET', `${route}/{id}`, true, random))
    if (random.chance(0.7)) made.push(operation('GET', route, false, random))
    if (random.chance(0.6)) made.push(operation('POST', route, false, random))
    if (random.chance(0.3)) made.push(operation('PUT', `${route}/{id}`, true, random))
  }
  return made
}

function operation(method: string, route: string, hasObject: boolean, random: Random): Operation {
  const isRead = method === 'GET'
  return {
    method,
    route,
    hasObject,
    bytesInMedian: isRead ? 300 : random.logNormal(1_200, 0.6),
    bytesOutMedian: isRead ? random.logNormal(hasObject ? 1_200 : 5_000, 0.8) : 300,
    latencyMsMedian: Math.round(random.logNormal(40, 0.5)),
  }
}

function pickAt<Item>(list: readonly Item[], place: number): Item {
  const item = list[place]
  if (item === undefined) throw new RangeError(`no item ${place}`)
  return item
}
