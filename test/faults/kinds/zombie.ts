import { setTimeout as delay } from 'node:timers/promises'
import { eventually } from '../../support/clickhouse.ts'
import type { FaultKind, RoundUnderFault } from '../fault-kind.ts'

/** Longer than the session time-out and a rebalance. */
const TAKEN_MS_MAX = 40_000
const HELD_MS_MAX = 5_000

/**
 * A process stands still in the middle of an insert, for longer than its session. When another one has
 * taken its partitions over, it wakes up, and the rest of its insert arrives.
 */
export const zombie: FaultKind = {
  id: 'zombie',
  members: 2,
  async inflict(round, random) {
    const busy = await firstHeld(round, random.integer(20_000))
    const member = busy?.member ?? random.pick(round.members)
    member.signal('SIGSTOP')
    try {
      const others = round.members.filter(other => other !== member)
      await eventually(async () => await holdAll(others, round), TAKEN_MS_MAX)
      await delay(random.integer(1_500))
    } finally {
      member.signal('SIGCONT')
      busy?.release()
    }
    const what = busy === undefined ? 'between two inserts' : 'in the middle of an insert'
    return `SIGSTOP to ${member.name} ${what}, SIGCONT after its streams were taken over`
  },
}

/** The first process of which an insert could be held up. */
async function firstHeld({ members }: RoundUnderFault, bytes: number) {
  const held = members.map(async member => {
    const request = await member.proxy.holdNext('INSERT+INTO+access_events', bytes)
    return { member, release: () => request.release() }
  })
  const first = await Promise.race([...held, delay(HELD_MS_MAX)])
  for (const [at, member] of members.entries()) {
    if (member === first?.member) continue
    member.proxy.cutNext({ at: 'never' }, 'INSERT+INTO+access_events')
    // One that was held meanwhile goes on.
    void held[at]?.then(({ release }) => release())
  }
  return first ?? undefined
}

/** Whether these processes have every partition of which there are records. */
async function holdAll(members: RoundUnderFault['members'], { topic, feed }: RoundUnderFault) {
  const streams = (await Promise.all(members.map(member => member.streams()))).flat()
  return feed.produced.every(
    (records, partition) =>
      records === 0 ||
      streams.some(
        stream =>
          stream.source === topic && stream.partition === partition && stream.watermark >= 0,
      ),
  )
}
