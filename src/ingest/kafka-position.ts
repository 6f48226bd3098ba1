import type { Admin } from 'kafkajs'
import { PipelineError } from '../domain/pipeline-error.ts'
import type { Stream } from '../domain/source-position.ts'
import type { Logger } from '../telemetry/logger.ts'
import { type StreamHandler, streamKey } from './log-source.ts'
import type { KafkaSettings } from './settings.ts'

/**
 * Makes a stream ours, and tells where to read on in it and where it ends: after what is stored, or at
 * the oldest record that Kafka still has.
 *
 * @throws PipelineError source_reset when the topic ends before what is stored: it was made anew, and
 *   its records would be taken for those that are stored
 */
export async function readPosition(
  stream: Stream,
  deps: {
    readonly handler: StreamHandler
    readonly admin: Admin
    readonly settings: KafkaSettings
    readonly log: Logger
  },
): Promise<{ readonly next: number; readonly end: number }> {
  const next = await deps.handler.assigned(stream)
  const offsets = await deps.admin.fetchTopicOffsets(stream.source)
  const here = offsets.find(({ partition }) => partition === stream.partition)
  if (here === undefined)
    throw new PipelineError('source_unavailable', 'the partition is not there')
  const [begin, end] = [Number(here.low), Number(here.high)]
  if (next > end) {
    const message = `${streamKey(stream)} ends at offset ${end - 1}, and ${next - 1} is stored`
    throw new PipelineError('source_reset', message)
  }
  if (next === 0 && deps.settings.startAt === 'latest') return { next: end, end }
  if (next > 0 && next < begin) {
    const lost = begin - next
    deps.log.error({ ...stream, next, begin, lost }, 'Records were deleted before they were read.')
  }
  return { next: Math.max(next, begin), end }
}
