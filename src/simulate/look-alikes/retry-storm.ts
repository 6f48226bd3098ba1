import { intrude } from '../overlay.ts'
import { type LookAlike, usedBy } from './look-alike.ts'

const stormMs = 15 * 60_000

/** An outage behind the gateway: all programs of a tenant fail and try again for a quarter of an hour. */
export const retryStorm: LookAlike = {
  kind: 'retry-storm',
  plan({ tokens, startMs }) {
    const window = { startMs, endMs: startMs + stormMs }
    return tokens.filter(usedBy('server-integration', 'partner')).map(bearer => ({
      ...window,
      bearer,
      change: call => ({ ...call, status: 503, bytesOut: 180 }),
      add: (hour, draws) =>
        intrude({
          hour,
          window,
          callsPerHour: 160,
          random: draws,
          caller: () => bearer.behavior.caller(hour, draws),
          step: () => ({
            route: draws.pickByRank(bearer.behavior.routes),
            objectId: bearer.behavior.objects.first,
            status: draws.pick([503, 503, 502, 504, 401]),
          }),
        }),
    }))
  },
}
