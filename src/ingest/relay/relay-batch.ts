import type { AccessEvent } from '../../domain/access-event.ts'
import type { DeadLetter } from '../../domain/reject.ts'
import { type Deferred, deferred } from '../deferred.ts'
import { encodeEvent } from './event-codec.ts'

/** One event as a record of the internal topic. */
export interface RelayMessage {
  readonly key: string
  readonly value: Buffer
}

/** How far a stream of the gateways has come; `settledOffset` moves when a batch is acknowledged. */
export interface RelayedStream {
  settledOffset: number
}

/** Events of any number of streams that are sent together, by partition of the internal topic. */
export interface RelayBatch {
  readonly messages: Map<number, RelayMessage[]>
  readonly letters: DeadLetter[]
  /** Last offset of each stream that the batch covers. */
  readonly ends: Map<RelayedStream, number>
  /** Everything is acknowledged, and the dead letters are stored. */
  readonly settled: Deferred
  events: number
  bytes: number
}

export const emptyRelayBatch = (): RelayBatch => ({
  messages: new Map(),
  letters: [],
  ends: new Map(),
  settled: deferred(),
  events: 0,
  bytes: 0,
})

/**
 * The partition of a token in the internal topic: the first 32 bits of its fingerprint, modulo. Not the
 * library's partitioner: that one follows a topic that gets more partitions while it runs, and a token must
 * stay where its earlier events are until everything that was written before is read.
 */
export const partitionOf = (token: string, partitions: number): number =>
  Number.parseInt(token.slice(0, 8), 16) % partitions

/** Adds an event; in the order of its stream. */
export function addEvent(batch: RelayBatch, event: AccessEvent, partitions: number): void {
  const value = Buffer.from(encodeEvent(event))
  const partition = partitionOf(event.token, partitions)
  const list = batch.messages.get(partition)
  if (list === undefined) batch.messages.set(partition, [{ key: event.token, value }])
  else list.push({ key: event.token, value })
  batch.events += 1
  batch.bytes += value.length
}

/**
 * Cuts a batch into requests: of each partition at most so many bytes in one, but at least one message, in
 * order. A batch is one request unless one partition has most of it.
 */
export function requestsOf(
  { messages }: Pick<RelayBatch, 'messages'>,
  partitionBytesMax: number,
): readonly ReadonlyMap<number, readonly RelayMessage[]>[] {
  const requests: Map<number, readonly RelayMessage[]>[] = []
  for (const [partition, list] of messages) {
    for (const [at, part] of partsOf(list, partitionBytesMax).entries()) {
      requests[at] ??= new Map()
      requests[at].set(partition, part)
    }
  }
  return requests
}

function partsOf(list: readonly RelayMessage[], bytesMax: number): readonly RelayMessage[][] {
  const parts: RelayMessage[][] = []
  let part: RelayMessage[] = []
  let bytes = 0
  for (const message of list) {
    if (part.length > 0 && bytes + message.value.length > bytesMax) {
      parts.push(part)
      part = []
      bytes = 0
    }
    part.push(message)
    bytes += message.value.length
  }
  parts.push(part)
  return parts
}
