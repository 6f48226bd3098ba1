import { setTimeout as delay } from 'node:timers/promises'
import { Partitioners, type Producer } from 'kafkajs'
import type { Input } from './input.ts'
import type { Site } from './site.ts'

/** Records of one send, of one partition. */
const RECORDS_PER_SEND = 250
const PAUSE_MS = 40

/** Hands the input to the topic, partition by partition in turns, and never further than it is let. */
export interface Feed {
  /** Goes on until this share of every partition is in the topic. Never less than before. */
  allow(share: number): void
  /** Holds one partition back until it is released. */
  holdBack(partition: number): void
  release(partition: number): void
  /** Records of this share of the input, as far as they are not held back. */
  countAt(share: number): number
  /** Records that are in the topic, by partition. */
  readonly produced: readonly number[]
  /** Resolves when all that is allowed now is produced. */
  reached(): Promise<void>
  /** Lets everything go; resolves when it is all in the topic. */
  finish(): Promise<void>
  stop(): Promise<void>
}

/**
 * Starts to produce. Every record is in the topic once, at the offset that is its place in the input: where
 * an answer is lost, the topic is asked how far it got.
 */
export function startFeed(site: Site, topic: string, input: Input): Feed {
  const produced = input.partitions.map(() => 0)
  const held = new Set<number>()
  const stopping = new AbortController()
  let share = 0
  let isReleased = false
  const goal = (partition: number, at = share) =>
    held.has(partition) ? 0 : Math.ceil((input.partitions[partition]?.length ?? 0) * at)
  const isDue = (partition: number) => (produced[partition] ?? 0) < goal(partition)

  let producer: Producer | undefined
  /** One that was there before a partition was added sends nothing to it, and says that it did. */
  const renewProducer = async () => {
    await producer?.disconnect().catch(() => undefined)
    producer = createProducer(site)
    await producer.connect().catch(() => undefined)
  }

  const send = async (partition: number) => {
    const from = produced[partition] ?? 0
    const to = Math.min(goal(partition), from + RECORDS_PER_SEND)
    const values = input.partitions[partition]?.slice(from, to) ?? []
    try {
      await producer?.send({ topic, messages: values.map(value => ({ partition, value })) })
      produced[partition] = to
    } catch {
      produced[partition] = await endOf(site, topic, partition)
      await renewProducer()
    }
  }

  const run = async () => {
    await renewProducer()
    while (!stopping.signal.aborted) {
      if (isReleased) await renewProducer()
      isReleased = false
      const due = input.partitions.flatMap((_, partition) => (isDue(partition) ? [partition] : []))
      for (const partition of due) await send(partition)
      await delay(PAUSE_MS)
    }
    await producer?.disconnect().catch(() => undefined)
  }
  const running = run()

  const reached = async () => {
    while (!stopping.signal.aborted && input.partitions.some((_, at) => isDue(at))) {
      await Promise.race([delay(PAUSE_MS), running])
    }
  }
  return {
    produced,
    countAt: at => input.partitions.reduce((sum, _, partition) => sum + goal(partition, at), 0),
    allow(next) {
      share = Math.max(share, Math.min(1, next))
    },
    holdBack: partition => held.add(partition),
    release(partition) {
      held.delete(partition)
      isReleased = true
    },
    reached,
    async finish() {
      held.clear()
      share = 1
      await reached()
      for (const [partition, records] of produced.entries()) {
        const end = await endOf(site, topic, partition)
        if (end !== records)
          throw new Error(`partition ${partition} ends at ${end}, not ${records}`)
      }
    },
    async stop() {
      stopping.abort()
      await running
    },
  }
}

/** Never tries by itself: whoever sends twice must look first. */
const createProducer = ({ client }: Site) =>
  client.producer({
    createPartitioner: Partitioners.DefaultPartitioner,
    retry: { retries: 0 },
  })

/** Where a partition ends, however long it takes to find out. */
async function endOf({ client }: Site, topic: string, partition: number): Promise<number> {
  for (;;) {
    const admin = client.admin()
    try {
      await admin.connect()
      const offsets = await admin.fetchTopicOffsets(topic)
      return Number(offsets.find(known => known.partition === partition)?.high ?? 0)
    } catch {
      await delay(500)
    } finally {
      await admin.disconnect().catch(() => undefined)
    }
  }
}
