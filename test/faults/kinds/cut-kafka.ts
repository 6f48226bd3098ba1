import { setTimeout as delay } from 'node:timers/promises'
import type { FaultKind } from '../fault-kind.ts'

/** All connections to the broker are cut, some times in a row, in the middle of what they carry. */
export const cutKafka: FaultKind = {
  id: 'cut-kafka',
  members: 1,
  async inflict({ site }, random) {
    const times = 1 + random.integer(4)
    for (let time = 0; time < times; time++) {
      site.kafkaProxy.cutAll()
      await delay(random.integer(800))
    }
    return `all connections to the broker cut ${times} times`
  },
}
