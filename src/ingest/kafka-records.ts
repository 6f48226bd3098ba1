import type { KafkaMessage } from 'kafkajs'
import { DecodedRecord } from './kafka-patches/decode-record-batch.ts'
import type { SourceRecord } from './log-source.ts'

const NOTHING = Buffer.alloc(0)

/** Messages as records. A tombstone is an empty record; the key says nothing that the value does not. */
export function toSourceRecords(messages: readonly KafkaMessage[]): SourceRecord[] {
  return messages.map(message => {
    const isOurs = message instanceof DecodedRecord
    const { offset, timestamp } = isOurs ? message.position : numbersOf(message)
    const content = (isOurs ? message.refused : undefined) ?? message.value ?? NOTHING
    return timestamp > 0 ? { offset, content, appendedMs: timestamp } : { offset, content }
  })
}

const numbersOf = ({ offset, timestamp }: KafkaMessage) => ({
  offset: Number(offset),
  timestamp: Number(timestamp),
})
