import { networksOf, sourceIn } from '../networks.ts'
import { type LookAlike, usedBy } from './look-alike.ts'

/** The office moves, or all its people get a VPN: they share a new address from one day on. */
export const officeMove: LookAlike = {
  kind: 'office-move',
  plan({ tenant, tokens, startMs, worldEndMs, random }) {
    const { office } = tenant
    const exit = sourceIn(
      random.pick([tenant.secondCloud, ...networksOf('residential', tenant.country)]),
      random,
    )
    const officePrefix = `${office.network.base}.${office.subnet}.`
    return tokens.filter(usedBy('office-human')).map(bearer => ({
      bearer,
      startMs,
      endMs: worldEndMs,
      change: call => (call.source.ip.startsWith(officePrefix) ? { ...call, source: exit } : call),
    }))
  },
}
