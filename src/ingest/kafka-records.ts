import type { KafkaMessage } from 'kafkajs'
import type { SourceRecord } from './log-source.ts'

const NOTHING = Buffer.alloc(0)

/** Messages as records. A tombstone is an empty record; the key says nothing that the value does not. */
export function toSourceRecords(messages: readonly KafkaMessage[]): SourceRecord[] {
  return messages.map(message => {
    const offset = Number(message.offset)
    const bytes = undecodableBytes(message)
    return bytes === undefined
      ? { offset, content: message.value ?? NOTHING }
      : { offset, content: { refused: 'undecodable_batch', bytes } }
  })
}

/** Set by tokenwatch's own decoder on the record that stands for a batch that could not be read. */
function undecodableBytes(message: KafkaMessage): number | undefined {
  if (!('undecodableBytes' in message)) return undefined
  return typeof message.undecodableBytes === 'number' ? message.undecodableBytes : undefined
}
