import type { Action } from '../domain/action.ts'
import type { Incident, IncidentEvent } from '../domain/incident.ts'
import type { TokenRegistry } from '../domain/registered-token.ts'
import type { After } from '../lib/after.ts'
import { oneAtATime } from '../lib/one-at-a-time.ts'
import { within } from '../lib/within.ts'
import type { Health } from '../telemetry/health.ts'
import type { Logger } from '../telemetry/logger.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import { type ActionStore, createActionLog } from './action-log.ts'
import { type AuditLog, createAuditTrail } from './audit-trail.ts'
import { createDecisionDesk, type ExecuteResult } from './decision-desk.ts'
import { createExecutor } from './executor.ts'
import type { Policy } from './policy.ts'
import type { Revoker } from './revoker.ts'
import type { RespondSettings } from './settings.ts'

export interface ResponderDeps {
  readonly policy: Policy
  readonly revokers: readonly Revoker[]
  readonly actions: ActionStore
  readonly audit: AuditLog
  readonly incidentOf: (id: string) => Incident | undefined
  readonly registry?: TokenRegistry | undefined
  readonly containment: {
    /** Resolves when it is known what an earlier run saw; never rejects. */
    watch(action: Action, options?: { readonly prefix?: string | undefined }): Promise<void>
    /** Event time from which a token that is stopped now must be refused. */
    effectiveMs(): number
  }
  /** Told of each new version of an action; must not throw. */
  readonly onAction?: ((action: Action) => void) | undefined
  readonly metrics: Pick<Metrics, 'actions'>
  readonly health: Health
  readonly log: Logger
  readonly clock: () => number
  readonly after: After
  /** In [0, 1): the jitter of the retries. */
  readonly random: () => number
  readonly settings: Pick<
    RespondSettings,
    'dryRun' | 'retryDelaysMs' | 'executingMax' | 'actionsRememberedMax'
  >
}

export interface Responder {
  /** Resolves when the decision is on record; a call that follows goes on by itself. Never rejects. */
  onIncident(event: IncidentEvent): Promise<void>
  /**
   * A person's decision: carries out an action that is planned, awaiting, withheld or failed, in
   * whatever mode. The safeguards are heard unless overridden, and either is on record.
   *
   * @returns the action after its first attempt: succeeded, failed, executing (to be retried) or
   *   withheld
   */
  execute(
    actionId: string,
    actor: string,
    options?: { readonly override?: boolean | undefined },
  ): Promise<ExecuteResult>
  /** Those in memory, newest first. */
  actions(): readonly Action[]
  get(actionId: string): Action | undefined
  /**
   * At start, before the first event: reads the actions of earlier runs, goes on with those under
   * way, watches those that succeeded, and decides on active incidents that a stop left undecided.
   */
  recover(active?: readonly Incident[]): Promise<void>
  /**
   * Waits for what is under way, at most so long; retries, and calls that take longer, are left to
   * the next start.
   */
  drain(deadlineMs?: number): Promise<void>
  close(): Promise<void>
}

/** Part of the ten seconds that a stop may take. */
const DRAIN_MS = 1_500

/** Wait before an incident whose decision could not be written is decided again. */
const REDECIDE_DELAY_MS = 5_000

/**
 * Decides for each incident what is done to its token, and has it done. One action per incident,
 * kind and revoker, which only takes steps up.
 */
export function createResponder(deps: ResponderDeps): Responder {
  const { revokers, incidentOf, containment, health, log, after, settings } = deps
  const audit = createAuditTrail(deps)
  const actions = createActionLog({
    ...deps,
    actionsRememberedMax: settings.actionsRememberedMax,
    onAction: deps.onAction ?? (() => undefined),
  })
  const desk = createDecisionDesk({ ...deps, actions, audit })
  const executor = createExecutor({
    ...deps,
    retryDelaysMs: settings.retryDelaysMs,
    actions,
    audit,
    effectiveMs: containment.effectiveMs,
    onSucceeded: action => void watch(action),
  })
  const inTurn = oneAtATime()

  function watch(action: Action): Promise<void> {
    // A restriction is about one network: the token's other calls go on being answered.
    const isRestriction = action.kind === 'restrict'
    const prefix = isRestriction ? incidentOf(action.incidentId)?.trigger.prefix : undefined
    return containment.watch(action, { prefix })
  }

  /** A store that is away delays a decision; it does not lose it. */
  async function decideSurely(incident: Incident): Promise<void> {
    try {
      const action = await desk.decide(incident)
      health.set('respond.decisions', true, 'recorded')
      // Not awaited: a slow receiver must not hold up the next decision.
      if (action?.state === 'executing') void executor.run(action)
    } catch (error) {
      log.error({ incidentId: incident.id, err: error }, 'Decision not recorded, to be made again.')
      health.set('respond.decisions', false, 'decisions cannot be recorded')
      after(REDECIDE_DELAY_MS, () => {
        void inTurn(() => decideSurely(incidentOf(incident.id) ?? incident))
      })
    }
  }

  /** While it cannot be put on record that it is withheld, it is at least not called. */
  async function resumeSurely(action: Action): Promise<void> {
    try {
      const resumed = await desk.resume(action)
      if (resumed.state === 'executing') void executor.run(resumed)
    } catch (error) {
      log.error({ actionId: action.id, err: error }, 'Action not withheld, to be tried again.')
      after(REDECIDE_DELAY_MS, () => void inTurn(() => resumeSurely(action)))
    }
  }

  return {
    onIncident({ kind, incident }) {
      const isNews = kind === 'opened' || kind === 'finding_added' || kind === 'reopened'
      return isNews ? inTurn(() => decideSurely(incident)) : Promise.resolve()
    },

    async execute(actionId, actor, { override = false } = {}) {
      const approved = await inTurn(() => desk.approve(actionId, { actor, override }))
      if (!approved.ok || approved.value.state !== 'executing') return approved
      return { ok: true, value: await executor.run(approved.value) }
    },

    actions: actions.list,
    get: actions.get,

    async recover(active = []) {
      await actions.load()
      for (const action of actions.list()) {
        if (action.state === 'executing') await inTurn(() => resumeSurely(action))
      }
      // Awaited: else events that are replayed are counted, and paged about, as if they were new.
      const succeeded = actions.list().filter(({ state }) => state === 'succeeded')
      await Promise.all(succeeded.map(watch))
      for (const incident of active) await inTurn(() => decideSurely(incident))
    },

    drain(deadlineMs = DRAIN_MS) {
      const decided = inTurn(() => Promise.resolve())
      return within(deadlineMs, after, decided.then(executor.drain))
    },

    async close() {
      await Promise.all(revokers.map(revoker => revoker.close()))
    },
  }
}
