import type { FaultKind } from '../fault-kind.ts'

/** A partition more while the group reads; until then its records wait at the gateway. */
export const addPartition: FaultKind = {
  id: 'add-partition',
  members: 1,
  addsPartition: true,
  async inflict({ site, topic, feed, members }, random) {
    const count = feed.produced.length
    const admin = site.client.admin()
    await admin.connect()
    try {
      await admin.createPartitions({ topicPartitions: [{ topic, count }] })
    } finally {
      await admin.disconnect()
    }
    feed.release(count - 1)
    // Found by the next look at the topic, or by whoever starts.
    const killed = random.chance(0.5) ? random.pick(members) : undefined
    killed?.kill()
    return `topic extended to ${count} partitions${killed ? `, SIGKILL to ${killed.name}` : ''}`
  },
}
