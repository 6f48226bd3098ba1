import type { FaultKind } from '../fault-kind.ts'

/** A partition more while the group reads; until then its records wait at the gateway. */
export const addPartition: FaultKind = {
  id: 'add-partition',
  members: 1,
  addsPartition: true,
  async inflict({ site, topic, feed, members }) {
    const count = feed.produced.length
    const admin = site.client.admin()
    await admin.connect()
    try {
      await admin.createPartitions({ topicPartitions: [{ topic, count }] })
    } finally {
      await admin.disconnect()
    }
    feed.release(count - 1)
    // kafkajs looks for new partitions every five minutes, and when it starts.
    for (const member of members) member.kill()
    return `topic extended to ${count} partitions, SIGKILL to all`
  },
}
