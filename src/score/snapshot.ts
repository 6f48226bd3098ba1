import { copyTokens } from '../baseline/copy-tokens.ts'
import { fromPopulationColumns, toPopulationColumns } from '../baseline/population-row.ts'
import { fromTokenColumns, numbersIn, textIn, textsIn } from '../baseline/token-row.ts'
import type { EntityKind, Fingerprint } from '../domain/access-event.ts'
import type {
  BaselineValue,
  PopulationRow,
  ScorerSnapshot,
  TokenBaselineRow,
} from '../domain/token-baseline.ts'
import type { ScoreContext } from './context.ts'
import { makeRoom, releaseToken } from './evict-tokens.ts'
import { fromFactColumns, toFactColumns } from './fact-columns.ts'
import { groupName } from './observe-event.ts'
import { scorerVersion } from './scorer-version.ts'
import type { Source } from './sources.ts'

/** Columns besides the slabs: most tokens have no facts, many have no objects. */
const noFacts = toFactColumns(undefined)
const nothingFurther = { ...noFacts, known_objects: new Uint32Array() }

function furtherColumns({ facts, objects }: ScoreContext, slot: number) {
  const known = facts.get(slot)
  const touched = objects.columnOf(slot)
  if (known === undefined && touched === undefined) return undefined
  const columns = known === undefined ? noFacts : toFactColumns(known)
  return { ...columns, known_objects: touched ?? nothingFurther.known_objects }
}

/** State of the tokens and of the population. Mutates: tokens that it holds are unchanged from then on. */
export function takeSnapshot(
  context: ScoreContext,
  { all }: { readonly all: boolean },
): ScorerSnapshot {
  const { states, changed, population } = context
  const slots: number[] = []
  for (let slot = 0; slot < states.slotEnd; slot++) {
    if (states.identityOf(slot) === undefined) continue
    const isChanged = changed.delete(slot)
    if (isChanged || all) slots.push(slot)
  }
  return {
    scorerVersion,
    takenMs: population.largestTsMs,
    tokens: copyTokens(states, slots, slot => furtherColumns(context, slot), nothingFurther),
    isFull: all,
    population: {
      ...toPopulationColumns(population),
      calibrator_days: context.calibrators.days.slice(),
      calibrator_today: context.calibrators.today.slice(),
      ...toSourceColumns(context),
    },
  }
}

/**
 * Mutates the context: the snapshot's tokens and population replace what is known of them.
 *
 * @throws RangeError for a snapshot of another scorer version
 */
export function restoreSnapshot(context: ScoreContext, snapshot: ScorerSnapshot): void {
  if (snapshot.scorerVersion !== scorerVersion) {
    throw new RangeError(`snapshot of scorer ${snapshot.scorerVersion}, this is ${scorerVersion}`)
  }
  restorePopulation(context, snapshot.population)
  for (const row of snapshot.tokens) restoreToken(context, row)
}

function restoreToken(context: ScoreContext, row: TokenBaselineRow): void {
  const { states, population, facts, objects } = context
  const token = textIn(row, 'token') as Fingerprint
  const entity: EntityKind = textIn(row, 'entity') === 'address' ? 'address' : 'token'
  const tenant = textIn(row, 'tenant')
  const known = states.find(token)
  if (known !== undefined) releaseToken(context, known)
  makeRoom(context)
  const group = population.groupOf(groupName({ entity, tenant }))
  const slot = states.allocate({ token, entity, tenant, group })
  fromTokenColumns(states.cursor, row)
  objects.restore(slot, numbersIn(row, 'known_objects'))
  const restored = fromFactColumns(row)
  if (restored !== undefined) facts.set(slot, restored)
}

function restorePopulation(context: ScoreContext, row: PopulationRow): void {
  const { population, calibrators, states } = context
  fromPopulationColumns(population, row)
  calibrators.days.set(numbersIn(row, 'calibrator_days'))
  calibrators.today.set(numbersIn(row, 'calibrator_today'))
  calibrators.invalidate()
  for (let slot = 0; slot < states.slotEnd; slot++) {
    const identity = states.identityOf(slot)
    if (identity !== undefined) identity.group = population.groupOf(groupName(identity))
  }
  restoreSources(context, row)
}

function toSourceColumns({ sources }: ScoreContext): Record<string, BaselineValue> {
  const entries = [...sources.entries()]
  const tokens = entries.map(([, source]) => source.tokens)
  const refused = entries.map(([, source]) => [...source.refused])
  const owners = (lists: readonly (readonly unknown[])[]) =>
    Uint32Array.from(lists.flatMap((list, i) => list.map(() => i)))
  return {
    source_key: Float64Array.from(entries, ([key]) => key),
    source_day: Uint16Array.from(entries, ([, { day }]) => day),
    source_token_owner: owners(tokens),
    source_token: tokens.flat(),
    source_refused_owner: owners(refused),
    source_refused: Uint32Array.from(refused.flat()),
  }
}

function restoreSources({ sources }: ScoreContext, row: PopulationRow): void {
  const days = numbersIn(row, 'source_day')
  const restored = Array.from(numbersIn(row, 'source_key'), (key, i): [number, Source] => [
    key,
    { day: days[i] ?? 0, tokens: [], refused: new Set() },
  ])
  const tokenOwners = numbersIn(row, 'source_token_owner')
  for (const [i, token] of textsIn(row, 'source_token').entries()) {
    restored[tokenOwners[i] ?? -1]?.[1].tokens.push(token as Fingerprint)
  }
  const refusedOwners = numbersIn(row, 'source_refused_owner')
  for (const [i, hash] of Array.from(numbersIn(row, 'source_refused')).entries()) {
    restored[refusedOwners[i] ?? -1]?.[1].refused.add(hash)
  }
  sources.forgetBefore(Number.POSITIVE_INFINITY)
  for (const [key, source] of restored) sources.restore(key, source)
}
