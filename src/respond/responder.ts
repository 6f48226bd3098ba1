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
import { createDecisions } from './decisions.ts'
import { createExecutor } from './executor.ts'
import type { Policy } from './policy.ts'
import type { Revoker } from './revoker.ts'
import type { RespondSettings } from './settings.ts'

export interface ResponderDeps {
  readonly policy: Policy
  readonly revokers: readonly Revoker[]
  readonly actions: ActionStore
  readonly audit: AuditLog
  readonly incidentOf: (id: string) => Promise<Incident | undefined>
  /** Does the work while no other process does any. */
  readonly exclusively: <Value>(work: () => Promise<Value>) => Promise<Value>
  /** This process. */
  readonly owner: string
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
   * At start, before the first event: reads the actions of earlier runs, goes on with those under way
   * whose process has ended, watches those that succeeded, and decides on active incidents that a stop
   * left undecided.
   *
   * @param living - processes that live, this one among them
   */
  recover(active: readonly Incident[], living: ReadonlySet<string>): Promise<void>
  /** Reads what other processes have done, and watches what has succeeded. */
  refresh(): Promise<void>
  /** Later on: goes on with what a process that has ended left under way or undecided. */
  takeOver(active: readonly Incident[], living: ReadonlySet<string>): Promise<void>
  /**
   * Waits for what is under way, at most so long; retries, and calls that take longer, are left to
   * the next start.
   */
  drain(deadlineMs?: number): Promise<void>
  close(): Promise<void>
}

/** Part of the ten seconds that a stop may take. */
const DRAIN_MS = 1_500

/** Time that a living process has to decide on an incident that it opened. */
const DECIDE_WITHIN_MS = 60_000

/**
 * Decides for each incident what is done to its token, and has it done. One action per incident,
 * kind and revoker, which only takes steps up.
 */
export function createResponder(deps: ResponderDeps): Responder {
  const { revokers, containment, clock, after, settings } = deps
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
    onSucceeded: action => void watchAll([action]),
  })
  const inTurn = oneAtATime()

  const { decideSurely, resumeLeft, upToDate, watchAll } = createDecisions({
    ...deps,
    actions,
    desk,
    executor,
    inTurn,
  })

  return {
    onIncident({ kind, incident }) {
      const isNews = kind === 'opened' || kind === 'finding_added' || kind === 'reopened'
      return isNews ? inTurn(() => decideSurely(incident)) : Promise.resolve()
    },

    async execute(actionId, actor, { override = false } = {}) {
      const approve = () => desk.approve(actionId, { actor, override })
      const approved = await inTurn(() => upToDate({ id: actionId }, approve))
      if (!approved.ok || approved.value.state !== 'executing') return approved
      return { ok: true, value: await executor.run(approved.value) }
    },

    actions: actions.list,
    get: actions.get,

    async recover(active, living) {
      await actions.load()
      await resumeLeft(living)
      // Awaited: else events that are replayed are counted, and paged about, as if they were new.
      await watchAll(actions.list())
      for (const incident of active.filter(desk.isDue)) await inTurn(() => decideSurely(incident))
    },

    refresh: async () => watchAll(await actions.refresh()),

    async takeOver(active, living) {
      await resumeLeft(living)
      const openedBeforeMs = clock() - DECIDE_WITHIN_MS
      const isDue = (incident: Incident) =>
        incident.openedMs <= openedBeforeMs && desk.isUndecided(incident)
      for (const incident of active.filter(isDue)) await inTurn(() => decideSurely(incident))
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
