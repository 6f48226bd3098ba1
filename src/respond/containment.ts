import type { AccessEvent, Fingerprint } from '../domain/access-event.ts'
import type { Action, Containment, NodeContainment } from '../domain/action.ts'
import type { Incident } from '../domain/incident.ts'
import type { After } from '../lib/after.ts'
import type { Health } from '../telemetry/health.ts'
import type { Logger } from '../telemetry/logger.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import { type ContainmentStore, createContainmentSaver } from './containment-saver.ts'
import { type ContainmentWatch, createContainmentWatch } from './containment-watch.ts'
import type { ContainmentSettings } from './settings.ts'
import { createTrackedTokens, type GatewayNode } from './tracked-tokens.ts'

/** A node that goes on serving a token after an action and its grace. */
export interface StillServing {
  readonly action: Action
  readonly node: NodeContainment
}

/**
 * The proof that an action took effect, from the log stream itself: per gateway node that served the
 * token, whether it refuses it now, is silent, or goes on serving.
 *
 * An action is effective, in event time, from the later of the wall clock and the newest event seen,
 * at the moment when its call succeeded. The wall clock, because calls that were answered before may
 * still be on their way to us; the newest event, because a gateway's clock may be ahead of ours.
 *
 * @param deps.nodesOf - nodes that served a token in the last days, from the rollups
 * @param deps.onStillServing - told once per action and node; must not throw
 * @param deps.onChange - told of each change that is saved; must not throw
 */
export function createContainment(deps: {
  readonly store: ContainmentStore
  readonly nodesOf?: ((token: Fingerprint) => Promise<readonly GatewayNode[]>) | undefined
  readonly onStillServing: (caught: StillServing) => void
  readonly onChange?: ((containment: Containment) => void) | undefined
  readonly metrics: Pick<Metrics, 'queues'>
  readonly health: Health
  readonly log: Logger
  readonly clock: () => number
  readonly after: After
  readonly settings: ContainmentSettings
}) {
  const { store, log, clock, settings } = deps
  const saver = createContainmentSaver({
    ...deps,
    onChange: deps.onChange ?? (() => undefined),
    saveEveryMs: settings.saveEveryMs,
  })
  const tokens = createTrackedTokens({
    ...settings,
    onFull: () => deps.metrics.queues.wasFull('tracked tokens'),
  })
  let newestMs = 0

  /** What was known before this run, or before the stream was listened to. */
  async function learn(watch: ContainmentWatch): Promise<void> {
    const { id, token } = watch.action
    try {
      const nodes = (await deps.nodesOf?.(token)) ?? []
      for (const { gateway, node } of nodes) watch.addNode(gateway, node)
      watch.absorb(await store.get(id))
    } catch (error) {
      log.warn({ actionId: id, err: error }, 'Past nodes of a token not read.')
    }
    saver.soon(watch)
  }

  return {
    /** Learns from now on which nodes serve the token of an incident. */
    track({ token, trigger }: Pick<Incident, 'token' | 'trigger'>): void {
      tokens.learnNode(tokens.track(token), trigger)
    },

    /**
     * Watches the effect of an action that succeeded; once more for the same action does nothing.
     * Resolves when it is known what an earlier run saw; never rejects.
     *
     * @param options.prefix - only calls from this network, for a restriction
     */
    watch(
      action: Action,
      { prefix }: { readonly prefix?: string | undefined } = {},
    ): Promise<void> {
      const nowMs = clock()
      tokens.endExpired(nowMs)
      const untilMs = action.updatedMs + settings.watchMs
      if (tokens.watchOf(action.id) !== undefined || untilMs < nowMs) return nothing
      const effectiveMs = action.effectiveMs ?? Math.max(nowMs, newestMs)
      const watch = createContainmentWatch(action, { ...settings, effectiveMs, untilMs, prefix })
      tokens.addWatch(watch)
      return learn(watch)
    },

    /**
     * Each new event once, in any order. Hot path: one look-up for a token that has no incident.
     *
     * @param isReplayed - the event is scored again, and may have been seen before
     */
    observe(event: AccessEvent, isReplayed = false): void {
      if (event.ts > newestMs) newestMs = event.ts
      const token = tokens.get(event.token)
      if (token === undefined) return
      tokens.learnNode(token, event)
      for (const watch of token.watches) {
        const { isChange, caught } = watch.observe(event, isReplayed)
        if (isChange) saver.soon(watch)
        if (caught !== undefined) deps.onStillServing({ action: watch.action, node: caught })
      }
    },

    /** Takes in what other processes have seen: before the stream of a watched token is listened to. */
    async refresh(): Promise<void> {
      const watches = tokens.watches()
      for (const stored of await store.ofActions(watches.map(({ action }) => action.id))) {
        tokens.watchOf(stored.actionId)?.absorb(stored)
      }
    },

    /** Event time from which a token that is stopped now must be refused. */
    effectiveMs: (): number => Math.max(clock(), newestMs),

    statusOf: (actionId: string): Containment | undefined =>
      tokens.watchOf(actionId)?.state(clock()),

    get trackedTokens() {
      return tokens.size
    },

    /** Saves what is due; the rate limit does not apply. */
    flush: saver.flush,
    close: saver.close,
  }
}

const nothing = Promise.resolve()

export type ContainmentTracker = ReturnType<typeof createContainment>
