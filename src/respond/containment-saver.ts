import type { Containment } from '../domain/action.ts'
import type { After } from '../lib/after.ts'
import type { Health } from '../telemetry/health.ts'
import type { Logger } from '../telemetry/logger.ts'
import type { ContainmentWatch } from './containment-watch.ts'

/** What this stage asks of a store. */
export interface ContainmentStore {
  put(containment: Containment): Promise<void>
  get(actionId: string): Promise<Containment | undefined>
}

/** Saves what changed, each action at most once per `saveEveryMs`; what the store does not take, again. */
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
    const containment = watch.state(clock())
    onChange(containment)
    try {
      await store.put(containment)
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
