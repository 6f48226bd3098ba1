import { createRandom } from '../../../../../src/simulate/random.ts'
import { dayMs } from '../../../../support/traffic.ts'
import { registryOf } from '../access-event.ts'
import type { BenchWorld, Oddity, WorldMake } from '../bench-world.ts'
import { drawDays } from '../day-engine.ts'
import { createFleetToken, type FleetToken } from './fleet-token.ts'
import { planFleetAttacks } from './plan-attacks.ts'
import { planRefusedKeys } from './refused-keys.ts'
import { createTenant, type Tenant } from './tenant.ts'

/** A Monday, four weeks before clocks go forward in Europe. */
const startMs = Date.UTC(2026, 2, 2)
const summerTimeDay = 27
const tokensPerTenant = 30
const baitCount = 3

/** Devices, pods, pollers, batches, functions and people of a dozen tenants to whom much happens. */
export const fleet: WorldMake = {
  name: 'fleet',
  create({ seed, tokens: count = 400, days = 42, hasAttacks }) {
    const tenants = Array.from(
      { length: Math.max(2, Math.round(count / tokensPerTenant)) },
      (_, index) => createTenant({ seed, index, startMs, days, summerTimeDay }),
    )
    const home = createRandom(seed, 'homes')
    const create = (index: number) =>
      createFleetToken({ seed, index, tenant: home.pick(tenants), startMs, days })
    const tokens = Array.from({ length: count }, (_, index) => create(index))
    const bait = Array.from({ length: baitCount }, (_, index) => create(count + index))
    const refused = planRefusedKeys({ seed, tenants, startMs, days })
    const { intrusions, silentFrom, registered } = hasAttacks
      ? planFleetAttacks({ seed, tokens, bait, startMs, days })
      : { intrusions: [], silentFrom: new Map(), registered: new Map() }
    const world: BenchWorld = {
      startMs,
      archetypes: new Map([...tokens, ...bait].map(({ token, archetype }) => [token, archetype])),
      oddities: [
        ...tenants.flatMap(tenant => tenantOddities(tenant, tokens)),
        ...tokens.flatMap(tokenOddities),
      ],
      registry: registryOf(registered),
      days: () =>
        drawDays({
          seed,
          startMs,
          days,
          tokens,
          intrusions: [...refused, ...intrusions],
          silentFrom,
        }),
    }
    return world
  },
}

function tenantOddities(tenant: Tenant, all: readonly FleetToken[]): readonly Oddity[] {
  const tokens = new Set(all.filter(token => token.tenant === tenant).map(({ token }) => token))
  const always = Number.POSITIVE_INFINITY
  const from = (kind: string, atMs: number) => ({ kind, tokens, startMs: atMs, endMs: always })
  const { officeMoveMs, migrationMs, releases, outages, failovers, stalls } = tenant
  return [
    from('office-move', officeMoveMs),
    from('migration', migrationMs),
    ...releases.map(({ atMs }) => from('release', atMs)),
    ...outages.map(span => ({ kind: 'outage', tokens, ...span })),
    ...failovers.map(span => ({ kind: 'failover', tokens, ...span })),
    ...stalls.map(span => ({ kind: 'late-records', tokens, ...span })),
    from('summer-time', startMs + summerTimeDay * dayMs),
  ].filter(({ startMs: atMs }) => atMs < always)
}

function tokenOddities({
  token,
  bornDay,
  backfill,
  rest,
  growthPerDay,
}: FleetToken): readonly Oddity[] {
  const tokens = new Set([token])
  const always = Number.POSITIVE_INFINITY
  const born = startMs + bornDay * dayMs
  return [
    ...(backfill ? [{ kind: 'backfill', tokens, ...backfill }] : []),
    ...(rest ? [{ kind: 'after-rest', tokens, startMs: rest.endMs, endMs: always }] : []),
    ...(bornDay > 0 ? [{ kind: 'new', tokens, startMs: born, endMs: always }] : []),
    ...(growthPerDay > 0 ? [{ kind: 'growth', tokens, startMs: born, endMs: always }] : []),
  ]
}
