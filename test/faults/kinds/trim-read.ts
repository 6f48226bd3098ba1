import { selectRows } from '../../../src/store/rows.ts'
import type { FaultKind } from '../fault-kind.ts'

/** Retention takes what is stored already, and the group with it, so that offsets lie before the topic's begin. */
export const trimRead: FaultKind = {
  id: 'trim-read',
  members: 1,
  async inflict({ site, database, topic, members }, random) {
    const stored = await selectRows<{ partition: number; next: number }>(
      site.storeOf(database),
      `SELECT source_partition AS partition, toUInt32(max(source_offset) + 1) AS next
       FROM access_events WHERE source = {topic:String} GROUP BY source_partition`,
      { topic },
    ).catch(() => [])
    const admin = site.client.admin()
    await admin.connect()
    try {
      const partitions = stored.map(({ partition, next }) => ({ partition, offset: String(next) }))
      await admin.fetchTopicOffsets(topic) // or kafkajs does not know whom to ask
      if (partitions.length > 0) await admin.deleteTopicRecords({ topic, partitions })
    } finally {
      await admin.disconnect()
    }
    const member = random.pick(members)
    member.kill()
    return `records up to the watermarks deleted from the topic, SIGKILL to ${member.name}`
  },
}
