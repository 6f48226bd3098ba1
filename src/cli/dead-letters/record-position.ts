import { OperatorError } from '../../domain/operator-error.ts'
import type { RecordPosition } from '../../ingest/read-kafka-records.ts'

/** `source/partition/offset`, as `list` prints it. */
export const positionText = ({ source, partition, offset }: RecordPosition) =>
  `${source}/${partition}/${offset}`

/** @throws OperatorError when the text is no position */
export function parsePosition(text: string): RecordPosition {
  const [, source = '', partition, offset] = /^(.{1,249})\/(\d{1,5})\/(\d{1,15})$/.exec(text) ?? []
  if (source !== '') return { source, partition: Number(partition), offset: Number(offset) }
  throw new OperatorError([
    {
      path: text.slice(0, 80),
      problem: 'is no position of a record',
      remedy: 'Write source/partition/offset, as `tokenwatch dead-letters list` prints it.',
    },
  ])
}
