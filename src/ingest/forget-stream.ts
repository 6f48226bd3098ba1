import type { Metrics } from '../telemetry/metrics.ts'

/** Shows nothing any more of a stream that went elsewhere: its next owner does. */
export function forgetStream(
  metrics: Pick<Metrics, 'bufferedEvents' | 'eventDelaySeconds' | 'snapshotSaved'>,
  labels: { readonly source: string; readonly partition: string },
): void {
  metrics.bufferedEvents.remove(labels)
  metrics.eventDelaySeconds.remove(labels)
  metrics.snapshotSaved.remove(labels)
}
