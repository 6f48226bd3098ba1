import { hourMs } from '../../support/traffic.ts'
import { median } from '../report.ts'
import { groupBy } from './group-by.ts'
import type { AttackWindow, Judgment } from './judge.ts'

/** One detector on one world. */
export interface Run extends Judgment {
  readonly seed: number
  readonly attacks: readonly AttackWindow[]
  /** Active tokens, summed over the days after the warm-up. */
  readonly tokenDays: number
}

interface KindRecall {
  readonly hits: number
  readonly attacks: number
}

/** At the score that leaves at most `budget` false alerts per 1,000 token-days of these runs. */
export interface RecallAtBudget {
  readonly budget: number
  readonly threshold: number
  readonly byKind: ReadonlyMap<string, KindRecall>
  /** Mean over kinds. */
  readonly macro: number
  /** Half-width of the 95 % interval of `macro` over seeds; NaN for one seed. */
  readonly macroInterval: number
  readonly delayHoursMedian: number
  /** Share of the hits that were raised by the first malicious call. */
  readonly firstCallShare: number
}

export function recallAtBudget(runs: readonly Run[], budget: number): RecallAtBudget {
  const threshold = thresholdFor(runs, budget)
  const byKind = new Map<string, KindRecall>()
  const delaysMs: number[] = []
  for (const { attacks, hits } of runs) {
    for (const [place, { kind, startMs }] of attacks.entries()) {
      const hit = hits[place]?.find(({ score }) => score >= threshold)
      const known = byKind.get(kind) ?? { hits: 0, attacks: 0 }
      byKind.set(kind, { hits: known.hits + (hit ? 1 : 0), attacks: known.attacks + 1 })
      if (hit !== undefined) delaysMs.push(hit.tsMs - startMs)
    }
  }
  return {
    budget,
    threshold,
    byKind,
    macro: macroOf(byKind),
    macroInterval: studentHalfWidth(macroBySeed(runs, budget)),
    delayHoursMedian: median(delaysMs) / hourMs,
    firstCallShare: delaysMs.filter(delay => delay === 0).length / delaysMs.length,
  }
}

function macroBySeed(runs: readonly Run[], budget: number): number[] {
  const seeds = [...groupBy(runs, ({ seed }) => seed).values()]
  if (seeds.length < 2) return []
  return seeds.map(ofSeed => recallAtBudget(ofSeed, budget).macro)
}

/** Just above the first false alert too many; 0 when there are not so many. */
export function thresholdFor(runs: readonly Run[], budget: number): number {
  const scores = runs.flatMap(({ falseAlerts }) => falseAlerts.map(({ score }) => score))
  const allowed = Math.floor((budget * tokenDaysOf(runs)) / 1000)
  const excess = scores.sort((a, b) => b - a)[allowed]
  return excess === undefined ? 0 : excess + 1e-9
}

export const tokenDaysOf = (runs: readonly Run[]) =>
  runs.reduce((sum, { tokenDays }) => sum + tokenDays, 0)

/** False alerts per 1,000 token-days of a detector whose score is -ln of the share of token-days. */
export function realizedBudget(runs: readonly Run[], promised: number): number {
  const least = Math.log(1000 / promised)
  const alerts = runs.flatMap(({ falseAlerts }) =>
    falseAlerts.filter(({ score }) => score >= least),
  )
  return (1000 * alerts.length) / tokenDaysOf(runs)
}

const macroOf = (byKind: ReadonlyMap<string, KindRecall>) =>
  mean([...byKind.values()].map(({ hits, attacks }) => hits / attacks))

const mean = (values: readonly number[]) =>
  values.reduce((sum, value) => sum + value, 0) / values.length

/** Two-sided 95 % quantiles of Student's t by degrees of freedom, from 1. */
const studentQuantiles = [12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228]

/** Half-width of the 95 % confidence interval of the mean; NaN for fewer than two values. */
export function studentHalfWidth(values: readonly number[]): number {
  const freedom = values.length - 1
  if (freedom < 1) return Number.NaN
  const center = mean(values)
  const variance = values.reduce((sum, value) => sum + (value - center) ** 2, 0) / freedom
  return (studentQuantiles[freedom - 1] ?? 1.96) * Math.sqrt(variance / values.length)
}
