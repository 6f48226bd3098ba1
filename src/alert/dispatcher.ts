import type { Action, Delivery, NodeContainment } from '../domain/action.ts'
import type { Severity } from '../domain/finding.ts'
import type { Incident, IncidentEvent } from '../domain/incident.ts'
import type { After } from '../lib/after.ts'
import { within } from '../lib/within.ts'
import type { Health } from '../telemetry/health.ts'
import type { Logger } from '../telemetry/logger.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import type { Channel, Digest, Notice } from './channel.ts'
import { decideNotice } from './decide-notice.ts'
import { unfinishedDeliveries } from './decide-recovery.ts'
import { createDeliveryLane } from './delivery-lane.ts'
import { type AuditLog, createDeliveryRecorder, type DeliveryWriter } from './delivery-recorder.ts'
import type { DispatchSettings } from './settings.ts'

/** What this stage asks of a store. */
interface DeliveryLog extends DeliveryWriter {
  list(query: { readonly incidentId: string; readonly limit: number }): Promise<readonly Delivery[]>
}

/** Rows read per incident at start: more attempts than any schedule has, for all channels. */
const ROWS_PER_INCIDENT = 1_000

export interface Dispatcher {
  /** Tells people of a step in an incident's life if it is news. Returns at once. */
  notify(event: IncidentEvent): void
  /** Pages again: an action failed, or a node goes on serving the token. */
  notifyAction(notice: {
    readonly kind: 'action_failed' | 'still_serving'
    readonly incident: Incident
    readonly action: Action
    readonly node?: NodeContainment
  }): void
  sendDigest(digest: Digest): void
  /**
   * At start: takes up the active incidents of earlier runs, goes on with deliveries that were
   * between attempts, and tells what nobody was told. Call before the first `notify`.
   */
  recover(incidents: readonly Incident[]): Promise<void>
  /** Tries what waits and waits for what is under way, at most `deadlineMs`; retries are left for the next start. */
  drain(deadlineMs: number): Promise<void>
  close(): Promise<void>
  /** Deliveries waiting, under way or between attempts. */
  readonly pending: number
}

/**
 * Brings notices to people through every channel that is for them, and records each attempt.
 * At least once: an attempt of which we did not hear is made again, with the same id.
 */
export function createDispatcher(deps: {
  readonly channels: readonly Channel[]
  readonly deliveries: DeliveryLog
  readonly audit: AuditLog
  readonly health: Health
  readonly metrics: Pick<Metrics, 'deliveries'>
  readonly log: Logger
  readonly clock: () => number
  readonly after: After
  /** In [0, 1): the jitter of the retries. */
  readonly random: () => number
  readonly settings: DispatchSettings
}): Dispatcher {
  const { deliveries, clock, after, settings } = deps
  const record = createDeliveryRecorder(deps)
  const overflow = {
    outcome: 'failed',
    detail: `more than ${settings.queueMax} deliveries wait`,
  } as const
  // Severity that people were told, per active incident: as many as the incident stage has.
  const told = new Map<string, Severity>()

  const lanes = deps.channels.map(channel =>
    createDeliveryLane({
      channel,
      concurrency: settings.concurrencyPerChannel,
      retryDelaysMs: settings.retryDelaysMs,
      after,
      random: deps.random,
      record: (job, outcome, detail) => record(channel.id, job, { outcome, detail }),
    }),
  )
  const pending = () => lanes.reduce((sum, { size }) => sum + size, 0)

  function send(notice: Notice) {
    for (const lane of lanes) {
      if (!lane.channel.kinds.includes(notice.kind)) continue
      const job = { notice, attempt: 1 }
      if (pending() < settings.queueMax) lane.add(job)
      else void record(lane.channel.id, job, overflow)
    }
  }

  return {
    notify(event) {
      const { incident } = event
      const notice = decideNotice(event, told.get(incident.id), settings)
      if (incident.state === 'resolved' || incident.state === 'false_positive') {
        told.delete(incident.id)
      } else if (notice !== undefined) told.set(incident.id, incident.severity)
      if (notice !== undefined) send(notice)
    },

    notifyAction({ kind, incident, action, node }) {
      const where = node === undefined ? '' : `-${slug(`${node.gateway}-${node.node}`)}`
      const id = `${action.id}-${kind}${where}`
      send({ id, atMs: clock(), kind, incident, action, node })
    },

    sendDigest(digest) {
      const whose = digest.tenant === undefined ? '' : `-${slug(digest.tenant)}`
      send({ id: `digest-${digest.day}${whose}`, atMs: clock(), kind: 'digest', digest })
    },

    async recover(incidents) {
      const oldestMs = clock() - settings.recoverWithinMs
      for (const incident of incidents) {
        const rows = await deliveries.list({ incidentId: incident.id, limit: ROWS_PER_INCIDENT })
        if (rows.length > 0) told.set(incident.id, incident.severity)
        const jobs = unfinishedDeliveries(incident, rows, {
          channels: lanes.map(({ channel }) => channel.id),
          oldestMs,
          ...settings,
        })
        for (const { channel, job } of jobs) {
          told.set(incident.id, incident.severity)
          lanes.find(lane => lane.channel.id === channel)?.add(job)
        }
      }
    },

    drain: deadlineMs => within(deadlineMs, after, Promise.all(lanes.map(lane => lane.settle()))),

    async close() {
      for (const lane of lanes) lane.close()
      await Promise.all(lanes.map(({ channel }) => channel.close()))
    },

    get pending() {
      return pending()
    },
  }
}

const slug = (text: string) => text.replaceAll(/[^A-Za-z0-9_-]+/g, '_').slice(0, 80)
