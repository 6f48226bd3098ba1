import type { AuditEntry, Delivery } from '../domain/action.ts'
import type { Health } from '../telemetry/health.ts'
import type { Logger } from '../telemetry/logger.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import type { Notice } from './channel.ts'
import type { Job } from './delivery-lane.ts'

export interface DeliveryWriter {
  append(deliveries: readonly Delivery[]): Promise<void>
}

export interface AuditLog {
  append(entries: readonly AuditEntry[]): Promise<void>
}

type Attempt = Pick<Delivery, 'outcome' | 'detail'>

/**
 * Makes each attempt seen: a row, a metric, the channel's health, a log line, and for one that
 * finally failed an audit row. Never rejects: a store that is away must not stop the alerts.
 */
export function createDeliveryRecorder(deps: {
  readonly deliveries: DeliveryWriter
  readonly audit: AuditLog
  /** This process. */
  readonly owner: string
  readonly health: Health
  readonly metrics: Pick<Metrics, 'deliveries'>
  readonly log: Logger
  readonly clock: () => number
}) {
  const { deliveries, audit, health, metrics, log, clock } = deps

  return async (channel: string, job: Job, { outcome, detail }: Attempt): Promise<void> => {
    metrics.deliveries.inc({ channel, outcome })
    const { notice, attempt } = job
    const ids = { notice: notice.id, channel, attempt }
    const isDelivered = outcome === 'delivered'
    health.set(`alert.${channel}`, isDelivered, isDelivered ? 'delivering' : detail)
    if (outcome === 'retrying') log.warn({ ...ids, detail }, 'Alert not delivered, to be retried.')
    if (outcome === 'failed') {
      log.error(
        { ...ids, detail },
        'Alert not delivered: see docs/response.md, "Alerts do not arrive".',
      )
    }
    const row = deliveryRow(channel, job, { owner: deps.owner, atMs: clock(), outcome, detail })
    try {
      await deliveries.append([row])
      if (outcome === 'failed') await audit.append([failureEntry(row, notice)])
      health.set('alert.deliveries', true, 'recorded')
    } catch (error) {
      log.error({ ...ids, outcome, err: error }, 'Delivery not recorded.')
      health.set('alert.deliveries', false, 'attempts cannot be recorded')
    }
  }
}

export function deliveryRow(
  channel: string,
  { notice, attempt }: Job,
  result: Pick<Delivery, 'owner' | 'atMs' | 'outcome' | 'detail'>,
): Delivery {
  const isDigest = notice.kind === 'digest'
  return {
    id: `${notice.id}:${channel}:${attempt}`,
    incidentId: isDigest ? notice.id : notice.incident.id,
    incidentVersion: isDigest ? 0 : notice.incident.version,
    channel,
    attempt,
    ...result,
  }
}

function failureEntry({ id, atMs, channel, detail }: Delivery, notice: Notice): AuditEntry {
  const isDigest = notice.kind === 'digest'
  return {
    id: `alert.failed:${id}`,
    atMs,
    actor: 'system',
    verb: 'alert.failed',
    subject: isDigest ? `digest:${notice.id}` : `incident:${notice.incident.id}`,
    tenant: isDigest ? (notice.digest.tenant ?? '') : notice.incident.tenant,
    detail: `${channel}: ${detail}`,
  }
}
