import { print, round } from '../report.ts'
import { groupBy } from './group-by.ts'
import { type Measured, productName } from './measure-world.ts'
import {
  type RecallAtBudget,
  type Run,
  realizedBudget,
  recallAtBudget,
  tokenDaysOf,
} from './summarize.ts'

const recallBudgets = [1, 5, 10]
const promisedBudgets = [0.5, 1, 2, 5, 10, 20]
/** Found by a rule, not by statistics: any detector with the registry has them. */
const ruleKinds = new Set(['use-after-revocation', 'honeytoken'])

/** Prints the tables; @returns the same numbers for the last line. */
export function printResults(measured: {
  readonly attacked: readonly Measured[]
  readonly clean: readonly Measured[]
}) {
  const attacked = groupBy(measured.attacked, ({ make }) => make)
  const clean = groupBy(measured.clean, ({ make }) => make)
  const recall = Object.fromEntries(
    [...attacked].map(([make, worlds]) => [make, recallOf(make, runsByDetector(worlds))]),
  )
  if (attacked.size > 1) recall['pooled'] = recallOf('pooled', pooledRuns(measured.attacked))
  print('\nbudget: false alerts per 1,000 token-days, promised -> realized')
  const budget = {
    attacked: budgetsOf('attacked', attacked),
    clean: budgetsOf('clean', clean),
  }
  return { recall, budget }
}

function runsByDetector(worlds: readonly Measured[]): ReadonlyMap<string, readonly Run[]> {
  const runs = worlds.flatMap(world => [...world.runs])
  return new Map(
    [...groupBy(runs, ([name]) => name)].map(([name, own]) => [name, own.map(([, run]) => run)]),
  )
}

/** Kinds of each make stay apart: the same name is another attack elsewhere. */
function pooledRuns(worlds: readonly Measured[]): ReadonlyMap<string, readonly Run[]> {
  return runsByDetector(
    worlds.map(world => ({
      ...world,
      runs: new Map(
        [...world.runs].map(([name, run]) => [
          name,
          {
            ...run,
            attacks: run.attacks.map(attack => ({
              ...attack,
              kind: `${world.make}/${attack.kind}`,
            })),
          },
        ]),
      ),
    })),
  )
}

function recallOf(make: string, detectors: ReadonlyMap<string, readonly Run[]>) {
  print(`\n== ${make}: ${tokenDaysOf([...detectors.values()][0] ?? [])} token-days`)
  return Object.fromEntries(
    [...detectors].map(([name, runs]) => {
      const found = recallBudgets.map(budget => recallAtBudget(runs, budget))
      printRecall(name, found, make !== 'pooled')
      return [name, found.map(toJson)]
    }),
  )
}

function printRecall(name: string, found: readonly RecallAtBudget[], hasKinds: boolean): void {
  print(`${name}, recall at ${recallBudgets.join(' / ')}`)
  for (const recall of found) {
    const { budget, macro, macroInterval, threshold, delayHoursMedian, firstCallShare } = recall
    const interval = Number.isNaN(macroInterval) ? '' : ` ± ${macroInterval.toFixed(2)}`
    print(
      `  at ${String(budget).padEnd(2)} macro ${macro.toFixed(3)}${interval}, without rules ${withoutRules(recall).toFixed(3)}; threshold ${threshold.toFixed(2)}, median delay ${delayHoursMedian.toFixed(2)} h, on the first call ${round(100 * firstCallShare)} %`,
    )
  }
  if (!hasKinds) return
  for (const kind of [...(found[0]?.byKind.keys() ?? [])].sort()) {
    const counts = found.map(({ byKind }) => byKind.get(kind) ?? { hits: 0, attacks: 0 })
    const hits = counts.map(({ hits }) => String(hits).padStart(3)).join(' /')
    print(`    ${kind.padEnd(24)}${hits} of ${counts[0]?.attacks}`)
  }
}

function withoutRules({ byKind }: RecallAtBudget): number {
  const shares = [...byKind]
    .filter(([kind]) => !ruleKinds.has(kind.slice(kind.indexOf('/') + 1)))
    .map(([, { hits, attacks }]) => hits / attacks)
  return shares.reduce((sum, share) => sum + share, 0) / shares.length
}

function budgetsOf(label: string, byMake: ReadonlyMap<string, readonly Measured[]>) {
  const productRuns = (worlds: readonly Measured[]) =>
    worlds.flatMap(({ runs }) => runs.get(productName) ?? [])
  const rows = [...byMake].map(([make, worlds]) => [make, productRuns(worlds)] as const)
  if (rows.length > 1) rows.push(['pooled', productRuns([...byMake.values()].flat())])
  return Object.fromEntries(
    rows.map(([make, runs]) => {
      const realized = promisedBudgets.map(promised => realizedBudget(runs, promised))
      const shown = promisedBudgets.map(
        (promised, place) => `${promised} -> ${realized[place]?.toFixed(2)}`,
      )
      print(`  ${label} ${make} (${tokenDaysOf(runs)} token-days): ${shown.join(', ')}`)
      return [
        make,
        Object.fromEntries(
          promisedBudgets.map((promised, i) => [promised, round(realized[i] ?? 0, 3)]),
        ),
      ]
    }),
  )
}

/** NaN, which JSON has no word for, becomes null there: there were no hits, or there was one seed. */
function toJson(recall: RecallAtBudget) {
  const { budget, macro, macroInterval, threshold, delayHoursMedian, firstCallShare } = recall
  return {
    budget,
    threshold: round(threshold, 3),
    macro: round(macro, 3),
    macroInterval: round(macroInterval, 3),
    macroWithoutRules: round(withoutRules(recall), 3),
    delayHoursMedian: round(delayHoursMedian, 3),
    firstCallShare: round(firstCallShare, 3),
    kinds: Object.fromEntries(recall.byKind),
  }
}
