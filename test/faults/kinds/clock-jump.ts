import { setTimeout as delay } from 'node:timers/promises'
import type { FaultKind } from '../fault-kind.ts'

const HOUR_MS = 3_600_000

/** A process's clock is set ahead or back, by up to two days, and later set right. */
export const clockJump: FaultKind = {
  id: 'clock-jump',
  members: 1,
  async inflict({ members }, random) {
    const member = random.pick(members)
    const hours = random.pick([-48, -13, -1, 1, 13, 30])
    member.shiftClock(hours * HOUR_MS)
    await delay(1_500 + random.integer(2_500))
    const isKilled = random.chance(0.4)
    if (isKilled) member.kill() // and starts with the wrong clock
    await delay(1_000)
    member.shiftClock(0)
    return `clock of ${member.name} set by ${hours} h and back${isKilled ? ', SIGKILL in between' : ''}`
  },
}
