import { setTimeout as delay } from 'node:timers/promises'
import type { FaultKind } from '../fault-kind.ts'

export const killBroker: FaultKind = {
  id: 'kill-broker',
  members: 1,
  async inflict({ site }, random) {
    const awayMs = random.integer(3_000)
    await site.kafka.kill()
    await delay(awayMs)
    await site.kafka.restart()
    return `SIGKILL to the broker, started again after ${awayMs} ms`
  },
}
