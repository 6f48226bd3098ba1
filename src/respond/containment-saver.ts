import type { Containment } from '../domain/action.ts'
import type { After } from '../lib/after.ts'
import type { Health } from '../telemetry/health.ts'
import type { Logger } from '../telemetry/logger.ts'
import type { ContainmentWatch } from './containment-watch.ts'

/** What this stage asks of a store. */
export interface ContainmentStore {
  put(containment: Containment): Promise<void>
  get(actionId: string): Promise<Containment | undefined>
  ofActions(actionIds: readonly string[]): Promise<readonly Containment[]>
}

/**
 * Saves what changed, each action at most once per `saveEveryMs`; what the store does not take, again.
 * Several processes may watch one action, each of them some of its calls: what is saved is what they saw
 * together. Looks again after each save, for another process may have saved at the same moment.
 */
export function createContainmentSaver(deps: {
  readonly store: ContainmentStore
  readonly onChange: (containment: Containment) => void
  readonly health: Health
  readonly log: Logger
  readonly clock: () => number
  readonly after: After
  readonly saveEveryMs: number
}) {
  const { store, onChange, health, log, clock, after, saveEveryMs } = deps
  const due = new Map<ContainmentWatch, () => void>()

  async function save(watch: ContainmentWatch): Promise<void> {
    due.get(watch)?.()
    due.delete(watch)
    try {
      const stored = await store.get(watch.action.id)
      watch.absorb(stored)
      // The row with the latest time wins: clocks of processes differ.
      const containment = watch.state(Math.max(clock(), (stored?.updatedMs ?? 0) + 1))
      if (stored === undefined || !isSame(stored, containment)) {
        onChange(containment)
        await store.put(containment)
        soon(watch)
      }
      health.set('respond.containment', true, 'recorded')
    } catch (error) {
      const actionId = watch.action.id
      log.warn({ actionId, err: error }, 'Containment not recorded, to be written again.')
      health.set('respond.containment', false, 'containment cannot be recorded')
      soon(watch)
    }
  }

  function soon(watch: ContainmentWatch): void {
    if (due.has(watch)) return
    due.set(
      watch,
      after(saveEveryMs, () => void save(watch)),
    )
  }

  return {
    soon,
    /** Saves all that is due now. */
    flush: async (): Promise<void> => {
      await Promise.all([...due.keys()].map(save))
    },
    /** Saves nothing any more. */
    close(): void {
      for (const cancel of due.values()) cancel()
      due.clear()
    },
  }
}

/** Whatever the order of the nodes and of their properties. */
function isSame(one: Containment, other: Containment): boolean {
  const tallies = ({ nodes }: Containment) =>
    nodes
      .map(({ gateway, node, state, ...calls }) =>
        JSON.stringify([
          ...[gateway, node, state, calls.firstRefusedMs, calls.lastRefusedMs],
          ...[calls.lastServedMs, calls.servedAfterCount, calls.refusedCount],
        ]),
      )
      .sort()
      .join()
  return one.state === other.state && tallies(one) === tallies(other)
}
