import type { Action } from '../domain/action.ts'
import type { After } from '../lib/after.ts'
import type { Health } from '../telemetry/health.ts'
import type { Logger } from '../telemetry/logger.ts'
import type { Metrics } from '../telemetry/metrics.ts'

/** What this stage asks of a store. */
export interface ActionStore {
  append(actions: readonly Action[]): Promise<void>
  current(query: { readonly limit: number }): Promise<readonly Action[]>
  changed(query: {
    readonly sinceMs: number
    readonly incidentId?: string | undefined
    readonly id?: string | undefined
    readonly limit: number
  }): Promise<readonly Action[]>
  get(id: string): Promise<Action | undefined>
}

/** Wait before a row that the store did not take is written again. */
const REWRITE_DELAY_MS = 5_000

/** Clocks of processes differ, and a row may take a while to be stored: so much is read again. */
const REFRESH_OVERLAP_MS = 120_000

/**
 * The actions in memory and their rows: the one place that makes a new version of an action. Memory
 * is never ahead of the call, and the store never behind for good.
 *
 * @param deps.onAction - told of each version, also before its row is written; must not throw
 */
export function createActionLog(deps: {
  readonly actions: ActionStore
  readonly onAction: (action: Action) => void
  readonly metrics: Pick<Metrics, 'actions'>
  readonly health: Health
  readonly log: Logger
  readonly clock: () => number
  readonly after: After
  readonly actionsRememberedMax: number
}) {
  const { actions, metrics, health, log, after, actionsRememberedMax } = deps
  // In the order in which they were first seen: the first one is the first to be forgotten.
  const byId = new Map<string, Action>()
  let refreshedMs = 0

  /** What another process did; false for what is known. */
  function learn(action: Action): boolean {
    if ((byId.get(action.id)?.version ?? 0) >= action.version) return false
    byId.set(action.id, action)
    forgetOldest()
    return true
  }

  function remember(action: Action) {
    const before = byId.get(action.id)
    if (before !== undefined && before.version >= action.version) return
    byId.set(action.id, action)
    forgetOldest()
    if (before?.state !== action.state) metrics.actions.inc({ state: action.state })
    deps.onAction(action)
  }

  function forgetOldest() {
    for (const [id, { state }] of byId) {
      if (byId.size <= actionsRememberedMax) return
      if (state !== 'executing') byId.delete(id)
    }
  }

  async function writeEventually(action: Action): Promise<void> {
    try {
      await actions.append([action])
      health.set('respond.actions', true, 'recorded')
    } catch (error) {
      log.error({ actionId: action.id, err: error }, 'Action not recorded, to be written again.')
      health.set('respond.actions', false, 'outcomes cannot be recorded')
      after(REWRITE_DELAY_MS, () => void writeEventually(action))
    }
  }

  return {
    async load(): Promise<void> {
      refreshedMs = deps.clock()
      const current = await actions.current({ limit: actionsRememberedMax })
      // The store gives the newest first.
      for (const action of [...current].reverse()) byId.set(action.id, action)
    },

    /**
     * Reads what other processes have done since the last time, and whatever is stored of an incident or
     * an action.
     *
     * @returns actions that are new here, or in a new version
     */
    async refresh(of: { incidentId?: string; id?: string } = {}): Promise<readonly Action[]> {
      const nowMs = deps.clock()
      const sinceMs = Math.max(0, refreshedMs - REFRESH_OVERLAP_MS)
      const changed = await actions.changed({ ...of, sinceMs, limit: actionsRememberedMax })
      refreshedMs = nowMs
      return [...changed].reverse().filter(learn)
    },

    /** Whether nobody else has gone on with the action; while the store is away it is taken for ours. */
    async isOurs(action: Action): Promise<boolean> {
      const stored = await actions.get(action.id).catch(() => undefined)
      if (stored === undefined || stored.version < action.version) return true
      if (stored.version === action.version && stored.owner === action.owner) return true
      learn(stored)
      return false
    },

    get: (id: string) => byId.get(id),
    list: (): readonly Action[] => [...byId.values()].reverse(),

    /** Writes a version, then remembers it: for what must be on record before it is done. */
    async put(action: Action): Promise<Action> {
      await actions.append([action])
      remember(action)
      return action
    },

    /** Remembers a version at once and writes it until the store takes it: for what has happened. */
    async putDone(action: Action): Promise<Action> {
      remember(action)
      await writeEventually(action)
      return action
    },
  }
}

export type ActionLog = ReturnType<typeof createActionLog>
