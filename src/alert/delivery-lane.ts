import type { After } from '../lib/after.ts'
import { retryDelayMs } from '../lib/retry-delay.ts'
import type { Channel, Notice, SendOutcome } from './channel.ts'

/** One notice on its way through one channel. */
export interface Job {
  readonly notice: Notice
  /** Number of the next attempt, from 1. */
  readonly attempt: number
}

export type AttemptOutcome = 'delivered' | 'retrying' | 'failed'

/**
 * The deliveries of one channel: so many attempts at a time, failed ones again after their delay.
 *
 * @param deps.record - called after each attempt; the lane goes on whatever becomes of it
 */
export function createDeliveryLane(deps: {
  readonly channel: Channel
  readonly concurrency: number
  readonly retryDelaysMs: readonly number[]
  readonly after: After
  readonly random: () => number
  readonly record: (job: Job, outcome: AttemptOutcome, detail: string) => Promise<void>
}) {
  const { channel, after, random } = deps
  const waiting: Job[] = []
  const retries = new Set<() => void>()
  /** Notices that are here, also between attempts, by their id. */
  const held = new Map<string, Notice>()
  let active = 0
  let isClosed = false
  let onIdle: (() => void)[] = []

  function pump() {
    while (!isClosed && active < deps.concurrency) {
      const job = waiting.shift()
      if (job === undefined) break
      active += 1
      void attempt(job).finally(() => {
        active -= 1
        pump()
      })
    }
    if (active > 0 || (waiting.length > 0 && !isClosed)) return
    for (const resolve of onIdle) resolve()
    onIdle = []
  }

  async function attempt(job: Job) {
    const outcome = await sendOnce(channel, job.notice)
    const delayMs =
      outcome.kind === 'unavailable'
        ? retryDelayMs(deps.retryDelaysMs, job.attempt, { jitter: random(), ...outcome })
        : undefined
    const result = resultOf(outcome, delayMs)
    // Scheduled before it is recorded: a store that is away must not cost the next attempt.
    if (delayMs !== undefined) retryAfter(delayMs, { ...job, attempt: job.attempt + 1 })
    await deps.record(job, result, outcome.detail)
    if (result !== 'retrying') held.delete(job.notice.id)
  }

  function retryAfter(delayMs: number, job: Job) {
    if (isClosed) return
    const cancel = after(delayMs, () => {
      retries.delete(cancel)
      waiting.push(job)
      pump()
    })
    retries.add(cancel)
  }

  return {
    channel,

    /** Deliveries waiting, under way or between attempts. */
    get size() {
      return waiting.length + active + retries.size
    },

    /** Whether something is to be told of this incident. */
    isAbout: (incidentId: string): boolean =>
      [...held.values()].some(notice => isOf(notice, incidentId)),

    add(job: Job) {
      held.set(job.notice.id, job.notice)
      waiting.push(job)
      pump()
    },

    /** Takes up no retry any more, and resolves when what is under way or waiting has been tried. */
    async settle(): Promise<void> {
      for (const cancel of retries) cancel()
      retries.clear()
      if (active === 0 && waiting.length === 0) return
      await new Promise<void>(resolve => onIdle.push(resolve))
    },

    close() {
      isClosed = true
      for (const cancel of retries) cancel()
      retries.clear()
      pump()
    },
  }
}

const isOf = (notice: Notice, incidentId: string) =>
  notice.kind !== 'digest' && notice.incident.id === incidentId

/** A channel does not throw; a notice that it cannot even render must not end the process. */
async function sendOnce(channel: Channel, notice: Notice): Promise<SendOutcome> {
  try {
    return await channel.send(notice)
  } catch (error) {
    const name = error instanceof Error ? error.name : 'unknown error'
    return { kind: 'refused', detail: `the notice could not be made (${name})` }
  }
}

function resultOf(outcome: SendOutcome, delayMs: number | undefined): AttemptOutcome {
  if (outcome.kind === 'accepted') return 'delivered'
  return delayMs === undefined ? 'failed' : 'retrying'
}
