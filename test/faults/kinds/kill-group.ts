import { setTimeout as delay } from 'node:timers/promises'
import type { FaultKind } from '../fault-kind.ts'

/** Both at once, or the second while the first one's partitions move to it. */
export const killGroup: FaultKind = {
  id: 'kill-group',
  members: 2,
  async inflict({ members }, random) {
    const betweenMs = random.pick([0, 0, 500, 3_000, 6_500])
    for (const [at, member] of members.entries()) {
      if (at > 0) await delay(betweenMs)
      member.kill()
    }
    return `SIGKILL to all ${members.length}, ${betweenMs} ms apart`
  },
}
