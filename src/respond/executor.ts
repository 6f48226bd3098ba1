import type { Action } from '../domain/action.ts'
import type { Incident } from '../domain/incident.ts'
import type { After } from '../lib/after.ts'
import { retryDelayMs } from '../lib/retry-delay.ts'
import type { Health } from '../telemetry/health.ts'
import type { Logger } from '../telemetry/logger.ts'
import type { ActionLog } from './action-log.ts'
import { auditEntry } from './audit-entry.ts'
import type { AuditTrail } from './audit-trail.ts'
import type { Revoker, RevokerOutcome } from './revoker.ts'

/**
 * Carries actions out: at least once, each attempt with the same idempotency key, each outcome on
 * record. What it is given is on record as `executing` already; a stop at any point leaves a row from
 * which `resume` goes on.
 */
export function createExecutor(deps: {
  readonly revokers: readonly Revoker[]
  readonly actions: ActionLog
  readonly audit: AuditTrail
  readonly incidentOf: (id: string) => Promise<Incident | undefined>
  /** Event time from which a token stopped now must be refused. */
  readonly effectiveMs: () => number
  readonly onSucceeded: (action: Action) => void
  readonly health: Health
  readonly log: Logger
  readonly clock: () => number
  readonly after: After
  readonly random: () => number
  readonly retryDelaysMs: readonly number[]
}) {
  const { actions, health, log, clock, after, random, retryDelaysMs } = deps
  const retries = new Map<string, () => void>()
  const underWay = new Set<Promise<unknown>>()
  let isClosed = false

  /** @param failures - attempts of this run that have failed so far */
  function attempt(action: Action, failures: number): Promise<Action> {
    const work = tryOnce(action, failures).finally(() => underWay.delete(work))
    underWay.add(work)
    return work
  }

  async function tryOnce(action: Action, failures: number): Promise<Action> {
    const outcome = await callRevoker(action, deps)
    const { kind, detail } = outcome
    const common = {
      ...action,
      attempts: action.attempts + 1,
      lastOutcome: detail,
      updatedMs: clock(),
      version: action.version + 1,
    }
    health.set(`respond.${action.revoker}`, kind === 'accepted', detail)
    if (kind === 'accepted') {
      return finish({ ...common, state: 'succeeded', effectiveMs: deps.effectiveMs() })
    }
    const ids = { actionId: action.id, revoker: action.revoker, attempt: common.attempts, detail }
    const delayMs =
      kind === 'unavailable'
        ? retryDelayMs(retryDelaysMs, failures + 1, { jitter: random(), ...outcome })
        : undefined
    if (delayMs === undefined) {
      log.error(ids, 'Action failed: see docs/response.md, "An action failed".')
      return finish({ ...common, state: 'failed' })
    }
    log.warn(ids, 'Action not carried out, to be retried.')
    retryAfter(delayMs, common, failures + 1)
    return actions.putDone(common)
  }

  async function finish(action: Action): Promise<Action> {
    if (action.state === 'succeeded') deps.onSucceeded(action)
    await actions.putDone(action)
    const how = `${action.kind} by ${action.revoker}, attempt ${action.attempts}`
    await deps.audit.happened(auditEntry(action, action.state, `${how}: ${action.lastOutcome}`))
    return action
  }

  /** Taken for dead, this process may have been replaced meanwhile. */
  async function attemptIfOurs(action: Action, failures: number): Promise<void> {
    if (await actions.isOurs(action)) await attempt(action, failures)
    else log.warn({ actionId: action.id }, 'Action was taken over by another process.')
  }

  function retryAfter(delayMs: number, action: Action, failures: number) {
    if (isClosed) return
    const cancel = after(delayMs, () => {
      retries.delete(action.id)
      void attemptIfOurs(action, failures)
    })
    retries.set(action.id, cancel)
  }

  return {
    /** The first attempt of an action that is on record as `executing`; later ones follow by themselves. */
    run: (action: Action): Promise<Action> => attempt(action, 0),

    /** Waits for the attempts under way and leaves the retries to the next start. */
    async drain(): Promise<void> {
      isClosed = true
      for (const cancel of retries.values()) cancel()
      retries.clear()
      await Promise.allSettled(underWay)
    },
  }
}

export type Executor = ReturnType<typeof createExecutor>

async function callRevoker(
  action: Action,
  deps: {
    readonly revokers: readonly Revoker[]
    readonly incidentOf: (id: string) => Promise<Incident | undefined>
    readonly log: Logger
  },
): Promise<RevokerOutcome> {
  const revoker = deps.revokers.find(({ id }) => id === action.revoker)
  if (revoker === undefined) {
    return { kind: 'refused', detail: 'the revoker is not configured' }
  }
  // A store that is away must not stop a call: the incident only adds to what the receiver is told.
  const incident = await deps.incidentOf(action.incidentId).catch(() => undefined)
  try {
    return await revoker.call(action, incident)
  } catch (error) {
    // A revoker does not throw; a call that it cannot even render must not end the process.
    deps.log.error({ actionId: action.id, err: error }, 'Call of a revoker not made.')
    return { kind: 'refused', detail: 'the call could not be made: see the log' }
  }
}
