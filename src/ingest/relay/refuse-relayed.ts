import { PipelineError } from '../../domain/pipeline-error.ts'
import type { Stream } from '../../domain/source-position.ts'
import { type StreamHandler, streamKey } from '../log-source.ts'

/**
 * A handler that does not take a stream whose later events came by an internal topic: read directly, all of
 * them would be stored a second time. So one process that was started without the setting does no harm.
 *
 * @param relayedOffset - highest stored offset of the stream's relayed events, -1 for none
 */
export function refuseRelayed(
  handler: StreamHandler,
  relayedOffset: (stream: Stream) => Promise<number>,
): StreamHandler {
  return {
    async assigned(stream) {
      const next = await handler.assigned(stream)
      const relayed = await relayedOffset(stream)
      if (relayed < next) return next
      await handler.revoked(stream)
      throw new PipelineError(
        'source_reset',
        `${streamKey(stream)} is stored to offset ${relayed} by an internal topic: set ingest.relay.topic`,
      )
    },
    batch: batch => handler.batch(batch),
    revoked: stream => handler.revoked(stream),
    isOpen: stream => handler.isOpen(stream),
    flush: stream => handler.flush(stream),
    room: stream => handler.room(stream),
    settled: stream => handler.settled(stream),
  }
}
