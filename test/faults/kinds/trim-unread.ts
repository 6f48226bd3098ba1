import { setTimeout as delay } from 'node:timers/promises'
import { selectRows } from '../../../src/store/rows.ts'
import { noDifferences, rollupDifferences } from '../../support/stored-events.ts'
import type { LoudKind, OwnRound } from '../fault-kind.ts'
import { differenceOf, eventContent } from '../stored.ts'

const TIMEOUT_MS = 60_000
const MESSAGE = 'Records were deleted before they were read.'

/**
 * Retention takes records that nobody has read. What is lost is told by the error log, to the record; all
 * else is stored once.
 */
const trimming = (id: string, reading: { readonly isRunning: boolean }): LoudKind => ({
  id,
  async run(round, random) {
    const { feed, members, input } = round
    const [member] = members
    if (member === undefined) throw new RangeError('a round without a process')
    feed.allow(0.2 + 0.2 * random.next())
    await feed.reached()
    await round.settled(TIMEOUT_MS)
    // What arrives while it stands still, for less than its session, has not been asked for.
    if (reading.isRunning) member.signal('SIGSTOP')
    else await member.down()
    await delay(500)
    const read = [...feed.produced]
    feed.allow(0.6)
    await feed.reached()
    const begins = feed.produced.map((end, at) => {
      const next = read[at] ?? 0
      return next + 1 + random.integer(end - next - 1)
    })
    await deleteUpTo(round, begins)
    if (reading.isRunning) member.signal('SIGCONT')
    else member.up()
    await feed.finish()
    const lost = begins.map((begin, at) => begin - (read[at] ?? 0))
    const records = input.records - lost.reduce((sum, count) => sum + count, 0)
    await round.stored(records, TIMEOUT_MS)
    await round.settled(TIMEOUT_MS)
    return {
      what: `${lost.join(' + ')} records deleted unread while the consumer ${reading.isRunning ? 'stood still' : 'was away'}`,
      differences: [
        ...begins.flatMap((begin, partition) =>
          isTold(round, { partition, next: read[partition] ?? 0, begin }),
        ),
        ...(await storedOnce(round, begins, read)),
      ],
    }
  },
})

async function deleteUpTo({ site, topic }: OwnRound, begins: readonly number[]) {
  const admin = site.client.admin()
  await admin.connect()
  try {
    await admin.fetchTopicOffsets(topic) // or kafkajs does not know whom to ask
    const partitions = begins.map((begin, partition) => ({ partition, offset: String(begin) }))
    await admin.deleteTopicRecords({ topic, partitions })
  } finally {
    await admin.disconnect()
  }
}

/** Whether a line of the log, at level error, has the gap in it. */
function isTold(
  { members }: OwnRound,
  gap: { readonly partition: number; readonly next: number; readonly begin: number },
): string[] {
  const lines = members.flatMap(member => member.log().split('\n'))
  const isGap = (line: string) =>
    line.includes(MESSAGE) &&
    line.includes('"level":"error"') &&
    Object.entries(gap).every(([key, value]) => line.includes(`"${key}":${value},`))
  return lines.some(isGap) ? [] : [`no error was logged of the gap ${JSON.stringify(gap)}`]
}

async function storedOnce(round: OwnRound, begins: readonly number[], read: readonly number[]) {
  const store = round.site.storeOf(round.database)
  const isKept = begins.map(
    (begin, partition) =>
      `(source_partition = ${partition} AND (source_offset < ${read[partition] ?? 0} OR source_offset >= ${begin}))`,
  )
  const sides = { expected: round.expected, seen: round.database, only: isKept.join(' OR ') }
  const rollups = Object.entries(await rollupDifferences(store)).filter(
    ([name, count]) => count !== noDifferences[name],
  )
  const [inGap] = await selectRows<{ events: number }>(
    store,
    `SELECT toUInt32(count()) AS events FROM access_events WHERE NOT (${sides.only})`,
  )
  return [
    ...(await differenceOf(store, eventContent, sides)),
    ...rollups.map(([name, count]) => `${name}: ${count} rows do not follow from the events`),
    ...(inGap?.events === 0 ? [] : [`${inGap?.events} events of deleted records are stored`]),
  ]
}

export const trimUnreadAway = trimming('trim-unread-away', { isRunning: false })
export const trimUnreadRunning = trimming('trim-unread-running', { isRunning: true })
