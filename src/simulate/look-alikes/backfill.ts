import { hourMs } from '../hour.ts'
import { intrude } from '../overlay.ts'
import { type LookAlike, usedBy } from './look-alike.ts'

/** A batch is run again for last month: one program makes many times its usual calls for some hours. */
export const backfill: LookAlike = {
  kind: 'backfill',
  plan({ tokens, startMs, random }) {
    const programs = tokens.filter(usedBy('cron-job', 'server-integration', 'partner'))
    if (programs.length === 0) return []
    const bearer = random.pick(programs)
    const { behavior } = bearer
    const window = { startMs, endMs: startMs + (1 + 2 * random.next()) * hourMs }
    return [
      {
        ...window,
        bearer,
        add: (hour, draws) =>
          intrude({
            hour,
            window,
            callsPerHour: 150,
            random: draws,
            caller: () => behavior.caller(hour, draws),
            step: () => {
              const route = draws.pickByRank(behavior.routes)
              const objectId = behavior.objects.first + draws.integer(behavior.objects.count)
              return { route, objectId, status: route.status }
            },
          }),
      },
    ]
  },
}
