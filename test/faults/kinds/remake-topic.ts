import { setTimeout as delay } from 'node:timers/promises'
import { eventually } from '../../support/clickhouse.ts'
import type { LoudKind, OwnRound } from '../fault-kind.ts'
import { makeTopic } from '../site.ts'

const TIMEOUT_MS = 60_000
/** How long nothing more may be stored. */
const QUIET_MS = 4_000

interface Stats {
  readonly dependencies?: readonly {
    readonly name: string
    readonly isHealthy: boolean
    readonly detail: string
  }[]
}

/**
 * The topic is deleted and made anew: its offsets start over below what is stored, and its records would be
 * taken for known ones. None is skipped in silence: /readyz says so, and none is stored.
 *
 * @param share - of the input that the new topic has at once: more than is stored, or less
 */
const remaking = (
  id: string,
  { isRunning, share }: { readonly isRunning: boolean; readonly share: number },
): LoudKind => ({
  id,
  async run(round, random) {
    const { feed, members, site, topic } = round
    const [member] = members
    if (member === undefined) throw new RangeError('a round without a process')
    feed.allow(0.3 + 0.1 * random.next())
    await feed.reached()
    await round.settled(TIMEOUT_MS)
    const before = await round.storedEvents()
    if (!isRunning) await member.down()
    await feed.stop()
    await makeTopic(site, topic, feed.produced.length)
    const again = round.feedAgain()
    again.allow(share)
    await again.reached()
    if (!isRunning) member.up()
    const what = `topic made anew with ${again.produced.join(' + ')} records while the consumer ${isRunning ? 'read' : 'was away'}`
    const told = await eventually(() => isTold(round), TIMEOUT_MS).catch(() => false)
    await delay(QUIET_MS)
    const after = await round.storedEvents()
    await again.stop()
    return {
      what,
      differences: [
        ...(told ? [] : ['/readyz does not tell of the topic made anew']),
        ...(before === after ? [] : [`${before} events were stored before, ${after} after`]),
      ],
    }
  },
})

/** Not ready, and the detail says of what. */
async function isTold({ members }: OwnRound): Promise<boolean> {
  const [member] = members
  const ready = await member?.get<{ readonly status?: string }>('/readyz')
  const stats = await member?.get<Stats>('/v1/stats')
  const detail = stats?.dependencies?.find(({ name }) => name === 'kafka')?.detail ?? ''
  return ready?.status === 'not_ready' && / (is stored|made anew)/.test(detail)
}

export const remakeTopicAway = remaking('remake-topic-away', { isRunning: false, share: 0.1 })
export const remakeTopicRunning = remaking('remake-topic-running', { isRunning: true, share: 0.1 })
