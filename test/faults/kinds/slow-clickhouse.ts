import { setTimeout as delay } from 'node:timers/promises'
import type { FaultKind } from '../fault-kind.ts'

/** A network on which every piece of an insert waits. */
export const slowClickhouse: FaultKind = {
  id: 'slow-clickhouse',
  members: 1,
  async inflict({ members }, random) {
    const pieceMs = random.pick([50, 200, 800])
    const forMs = 2_000 + random.integer(3_000)
    for (const { proxy } of members) proxy.slowDown(pieceMs)
    await delay(forMs)
    for (const { proxy } of members) proxy.slowDown(0)
    return `${pieceMs} ms for every piece of a connection to ClickHouse, for ${forMs} ms`
  },
}
