import type { Stream } from '../domain/source-position.ts'
import type { Health } from '../telemetry/health.ts'
import type { Logger } from '../telemetry/logger.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import { streamKey } from './log-source.ts'

/** Time between two lines in the log. */
const LOG_EVERY_MS = 3_000

/** Loading takes about this share of the way, where there is something to replay: for the metric only. */
const LOADING_SHARE = 0.2

const counted = new Intl.NumberFormat('en-US')

/** Tells how far a stream is on its way to being open: health, metric, and a line every few seconds. */
export function createOpenProgress(deps: {
  readonly stream: Stream
  readonly health: Health
  readonly metrics: Pick<Metrics, 'streamOpening'>
  readonly log: Logger
  readonly clock: () => number
}) {
  const { stream, health, metrics, log, clock } = deps
  const labels = { source: stream.source, partition: String(stream.partition) }
  let loggedMs = clock()
  let phaseMs = clock()

  /** @param share - of this phase, in [0, 1] */
  function tell(detail: string, share: number) {
    const nowMs = clock()
    const restSeconds =
      share > 0 ? Math.ceil((((nowMs - phaseMs) / share) * (1 - share)) / 1_000) : undefined
    const rest = restSeconds === undefined ? '' : `, about ${restSeconds} s left`
    health.progress(`stream ${streamKey(stream)}`, `${detail}${rest}`)
    if (nowMs - loggedMs < LOG_EVERY_MS) return
    loggedMs = nowMs
    log.info({ ...stream, detail, share, restSeconds }, 'Stream is being opened.')
  }

  return {
    taking() {
      metrics.streamOpening.set(labels, 0)
      tell('taking it over', 0)
      phaseMs = clock()
    },
    /** @param share - of all tokens, in [0, 1] */
    loaded(tokens: number, share: number) {
      metrics.streamOpening.set(labels, LOADING_SHARE * share)
      tell(`loading baselines, ${counted.format(tokens)} tokens`, share)
    },
    /** The way of a replay: so many records, at most. */
    replaying(records: number) {
      phaseMs = clock()
      return (done: number) => {
        const share = records > 0 ? Math.min(1, done / records) : 1
        metrics.streamOpening.set(labels, LOADING_SHARE + (1 - LOADING_SHARE) * share)
        const [some, all] = [done, records].map(count => counted.format(count))
        tell(`replaying, ${some} of ${all} records`, share)
      }
    },
    ended() {
      metrics.streamOpening.remove(labels)
    },
  }
}
