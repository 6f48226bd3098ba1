import type { RecordNormalizer } from '../prepare-batch.ts'
import { decodeEvent, RELAYED } from './event-codec.ts'

/**
 * Reads what a relay wrote to the internal topic; records of every other source go to the gateways'
 * normalizer.
 */
export function createEventDecoder(topic: string, gateways: RecordNormalizer): RecordNormalizer {
  return {
    normalize(record, sink) {
      if (record.source !== topic) {
        gateways.normalize(record, sink)
        return
      }
      const { source, partition, offset, content } = record
      const position = { source, partition, offset, index: 0 }
      const decoded = decodeEvent(content, position)
      if (decoded.ok) {
        sink.event(decoded.value)
        return
      }
      const { reason, field } = decoded
      const bytes = content.length
      sink.reject({ ...position, reason, format: RELAYED, field, keys: [], bytes })
    },
  }
}
