import type { Action, Delivery, NodeContainment } from '../domain/action.ts'
import type { Incident, IncidentEvent } from '../domain/incident.ts'
import type { After } from '../lib/after.ts'
import { within } from '../lib/within.ts'
import type { Health } from '../telemetry/health.ts'
import type { Logger } from '../telemetry/logger.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import type { Channel, Digest, Notice } from './channel.ts'
import { decideNotice } from './decide-notice.ts'
import { type Unfinished, unfinishedDeliveries } from './decide-recovery.ts'
import { createDeliveryLane } from './delivery-lane.ts'
import {
  type AuditLog,
  createDeliveryRecorder,
  type DeliveryWriter,
  deliveryRow,
} from './delivery-recorder.ts'
import type { DispatchSettings } from './settings.ts'

/** What this stage asks of a store. */
interface DeliveryLog extends DeliveryWriter {
  /** Of each incident, notice and channel the last one. */
  lastAttempts(incidentIds: readonly string[]): Promise<readonly Delivery[]>
}

/** Time that a living process has to tell of an incident that it opened. */
const TELL_WITHIN_MS = 60_000

export interface Dispatcher {
  /** Tells people of a step in an incident's life, given what it was before, if it is news. Returns at once. */
  notify(event: IncidentEvent, before: Incident | undefined): void
  /** Pages again: an action failed, or a node goes on serving the token. */
  notifyAction(notice: {
    readonly kind: 'action_failed' | 'still_serving'
    readonly incident: Incident
    readonly action: Action
    readonly node?: NodeContainment
  }): void
  sendDigest(digest: Digest): void
  /**
   * Goes on with deliveries of active incidents that were between attempts in a process that has died,
   * and tells what nobody was told. At start, and now and then while there are other processes; not by
   * two of them at once.
   *
   * @param living - processes that live, this one among them
   */
  recover(incidents: readonly Incident[], living: ReadonlySet<string>): Promise<void>
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
  /** This process. */
  readonly owner: string
  readonly health: Health
  readonly metrics: Pick<Metrics, 'deliveries' | 'queues'>
  readonly log: Logger
  readonly clock: () => number
  readonly after: After
  /** In [0, 1): the jitter of the retries. */
  readonly random: () => number
  readonly settings: DispatchSettings
}): Dispatcher {
  const { deliveries, metrics, clock, after, settings } = deps
  const record = createDeliveryRecorder(deps)
  const overflow = {
    outcome: 'failed',
    detail: `more than ${settings.queueMax} deliveries wait`,
  } as const
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
  const laneOf = (channel: string) => lanes.find(lane => lane.channel.id === channel)
  const pending = () => lanes.reduce((sum, { size }) => sum + size, 0)

  function send(notice: Notice) {
    for (const lane of lanes) {
      if (!lane.channel.kinds.includes(notice.kind)) continue
      const job = { notice, attempt: 1 }
      if (pending() < settings.queueMax) lane.add(job)
      else {
        metrics.queues.wasFull('deliveries')
        void record(lane.channel.id, job, overflow)
      }
    }
  }

  return {
    notify(event, before) {
      const notice = decideNotice(event, before, settings)
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

    async recover(incidents, living) {
      const nowMs = clock()
      const isAlone = living.size === 1
      const rows = await deliveries.lastAttempts(incidents.map(({ id }) => id))
      const byIncident = groupByIncident(rows)
      const unfinished = incidents.flatMap(incident =>
        unfinishedDeliveries(incident, byIncident.get(incident.id) ?? [], {
          channels: lanes.map(({ channel }) => channel.id),
          oldestMs: nowMs - settings.recoverWithinMs,
          youngestMs: isAlone ? nowMs : nowMs - TELL_WITHIN_MS,
          living,
          severityMin: settings.severityMin,
        }),
      )
      const todo = unfinished.filter(
        ({ channel, job }) => laneOf(channel)?.isAbout(job.notice.incident.id) === false,
      )
      // The others must know who sees to it from now on.
      if (!isAlone) await deliveries.append(todo.map(one => takenOver(one, deps.owner, nowMs)))
      for (const { channel, job } of todo) laneOf(channel)?.add(job)
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

function groupByIncident(rows: readonly Delivery[]): ReadonlyMap<string, readonly Delivery[]> {
  const byIncident = new Map<string, Delivery[]>()
  for (const row of rows) {
    const held = byIncident.get(row.incidentId)
    if (held === undefined) byIncident.set(row.incidentId, [row])
    else held.push(row)
  }
  return byIncident
}

/** The last attempt, or a zeroth one where there was none, with its new owner. */
const takenOver = ({ channel, job }: Unfinished, owner: string, atMs: number): Delivery =>
  deliveryRow(
    channel,
    { ...job, attempt: job.attempt - 1 },
    { owner, atMs, outcome: 'retrying', detail: 'taken over by another process' },
  )

const slug = (text: string) => text.replaceAll(/[^A-Za-z0-9_-]+/g, '_').slice(0, 80)
