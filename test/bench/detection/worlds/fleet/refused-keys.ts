import { createRandom } from '../../../../../src/simulate/random.ts'
import { dayMs, hourMs } from '../../../../support/traffic.ts'
import { fingerprintOf } from '../access-event.ts'
import type { Draft, Intrusion } from '../day-engine.ts'
import { between } from '../draws.ts'
import { spreadOver } from '../moments.ts'
import { hostIn, placeIn, providersOf, type Source, sourceAt } from '../providers.ts'
import { programs } from './agents.ts'
import type { Tenant } from './tenant.ts'

/**
 * What is refused without any theft: keys that were rotated and are still in somebody's configuration,
 * and scanners that try a few made-up keys. Without them only thieves would call with unknown keys.
 */
export function planRefusedKeys(options: {
  readonly seed: number
  readonly tenants: readonly Tenant[]
  readonly startMs: number
  readonly days: number
}): readonly Intrusion[] {
  const { tenants, startMs, days, seed } = options
  const random = createRandom(seed, 'refused-keys')
  const made: Intrusion[] = []
  const add = (tenant: Tenant, source: (tsMs: number) => Source, moments: readonly number[]) => {
    const userAgent = random.pick(programs)
    const drafts = moments.map(
      (tsMs): Draft => ({
        tsMs,
        source: source(tsMs),
        userAgent,
        operation: random.pickByRank(tenant.operations),
        objectId: random.integer(5_000),
        status: 401,
        bytesIn: 320,
        bytesOut: 160,
      }),
    )
    const token = fingerprintOf(`refused ${random.hex(16)}`)
    made.push({ bearer: { token, hint: 'unknown', tenant }, label: undefined, drafts })
  }
  for (const tenant of tenants) {
    const rotatedMs = startMs + between(random, 2, days) * dayMs
    for (let key = 0; key < 3 + random.integer(12); key++) {
      const place = random.integer(3)
      const host = hostIn(random)
      const source = (tsMs: number) =>
        place === 0
          ? sourceAt(tenant.officeAt(tsMs), host)
          : sourceAt({ provider: tenant.cloudAt(tsMs), subnet: place }, host)
      const lengthMs = random.logNormal(12 * hourMs, 1)
      add(tenant, source, spreadOver(random, rotatedMs, lengthMs, 3 + random.integer(20)))
    }
  }
  const scannersFrom = [...providersOf('hosting'), ...providersOf('vpn')]
  for (let day = 0; day < days; day++) {
    for (let scanner = 0; scanner < 4; scanner++) {
      const place = placeIn(random.pick(scannersFrom), random)
      const host = hostIn(random)
      const tenant = random.pick(tenants)
      const fromMs = startMs + (day + random.next() * 0.95) * dayMs
      for (let key = 0; key < 2 + random.integer(20); key++) {
        add(tenant, () => sourceAt(place, host), spreadOver(random, fromMs, hourMs / 2, 1))
      }
    }
  }
  const endMs = startMs + days * dayMs
  return made.map(one => ({ ...one, drafts: one.drafts.filter(({ tsMs }) => tsMs < endMs) }))
}
