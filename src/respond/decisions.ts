import type { Action } from '../domain/action.ts'
import type { Incident } from '../domain/incident.ts'
import type { After } from '../lib/after.ts'
import type { oneAtATime } from '../lib/one-at-a-time.ts'
import type { Health } from '../telemetry/health.ts'
import type { Logger } from '../telemetry/logger.ts'
import type { ActionLog } from './action-log.ts'
import type { DecisionDesk } from './decision-desk.ts'
import type { Executor } from './executor.ts'

/** Wait before what the store did not take is tried again. */
const RETRY_DELAY_MS = 5_000

/** Decisions as they are made among several processes, and until the store has taken them. */
export function createDecisions(deps: {
  readonly actions: ActionLog
  readonly desk: DecisionDesk
  readonly executor: Executor
  readonly incidentOf: (id: string) => Promise<Incident | undefined>
  readonly exclusively: <Value>(work: () => Promise<Value>) => Promise<Value>
  readonly inTurn: ReturnType<typeof oneAtATime>
  readonly containment: {
    watch(action: Action, options?: { readonly prefix?: string | undefined }): Promise<void>
  }
  readonly health: Health
  readonly log: Logger
  readonly after: After
}) {
  const { actions, desk, executor, incidentOf, inTurn, health, log, after } = deps

  /** Until it is known what to watch; never rejects. */
  async function watch(action: Action): Promise<void> {
    try {
      // A restriction is about one network: the token's other calls go on being answered.
      const incident = action.kind === 'restrict' ? await incidentOf(action.incidentId) : undefined
      await deps.containment.watch(action, { prefix: incident?.trigger.prefix })
    } catch (error) {
      log.warn({ actionId: action.id, err: error }, 'Action not watched, to be tried again.')
      after(RETRY_DELAY_MS, () => void watch(action))
    }
  }

  async function watchAll(known: readonly Action[]): Promise<void> {
    await Promise.all(known.filter(({ state }) => state === 'succeeded').map(watch))
  }

  /** Alone among the processes, and with their actions in memory. */
  const upToDate = <Value>(
    of: { readonly incidentId?: string; readonly id?: string },
    work: () => Promise<Value>,
  ): Promise<Value> =>
    deps.exclusively(async () => {
      const learned = await actions.refresh(of)
      void watchAll(learned)
      return await work()
    })

  /** A store that is away delays a decision; it does not lose it. */
  async function decideSurely(incident: Incident): Promise<void> {
    try {
      const decide = () => desk.decide(incident)
      const action = await upToDate({ incidentId: incident.id }, decide)
      health.set('respond.decisions', true, 'recorded')
      // Not awaited: a slow receiver must not hold up the next decision.
      if (action?.state === 'executing') void executor.run(action)
    } catch (error) {
      log.error({ incidentId: incident.id, err: error }, 'Decision not recorded, to be made again.')
      health.set('respond.decisions', false, 'decisions cannot be recorded')
      after(RETRY_DELAY_MS, () => {
        void inTurn(async () => decideSurely((await newestOf(incident)) ?? incident))
      })
    }
  }

  const newestOf = ({ id }: Incident) => incidentOf(id).catch(() => undefined)

  const isLeft = ({ state, owner }: Action, living: ReadonlySet<string>) =>
    state === 'executing' && !living.has(owner)

  async function resumeLeft(living: ReadonlySet<string>): Promise<void> {
    const left = actions.list().filter(action => isLeft(action, living))
    for (const { id } of left) await inTurn(() => resumeSurely(id, living))
  }

  /** While it cannot be put on record that it goes on or is withheld, it is at least not called. */
  async function resumeSurely(id: string, living: ReadonlySet<string>): Promise<void> {
    try {
      const resumed = await upToDate({ id }, async () => {
        const action = actions.get(id)
        // Another process may have been faster.
        return action && isLeft(action, living) ? await desk.resume(action) : undefined
      })
      if (resumed?.state === 'executing') void executor.run(resumed)
    } catch (error) {
      log.error({ actionId: id, err: error }, 'Action not resumed, to be tried again.')
      after(RETRY_DELAY_MS, () => void inTurn(() => resumeSurely(id, living)))
    }
  }

  return { decideSurely, resumeLeft, upToDate, watchAll }
}
