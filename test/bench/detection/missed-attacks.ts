import { dayMs, hourMs } from '../../support/traffic.ts'
import { print } from '../report.ts'
import { groupBy } from './group-by.ts'
import type { AttackWindow } from './judge.ts'
import { type Measured, type ProductAlert, productName } from './measure-world.ts'
import { thresholdFor } from './summarize.ts'

/** False alerts per 1,000 token-days at which an attack counts as missed. */
const budget = 5

/** Prints attacks that were missed, the closest first, with the strongest finding there was. */
export function printMissedAttacks(measured: readonly Measured[], count: number): void {
  for (const [make, worlds] of groupBy(measured, one => one.make)) {
    const threshold = thresholdFor(
      worlds.flatMap(({ runs }) => runs.get(productName) ?? []),
      budget,
    )
    const missed = worlds
      .flatMap(one =>
        one.hits.map(({ attack, alerts }) => ({ one, attack, best: strongest(alerts) })),
      )
      .filter(({ best }) => (best?.score ?? 0) < threshold)
      .sort((a, b) => (b.best?.score ?? 0) - (a.best?.score ?? 0))
    print(`\n== missed at ${budget}, ${make}: ${missed.length}, threshold ${threshold.toFixed(2)}`)
    for (const { one, attack, best } of missed.slice(0, count)) show(one, attack, best)
  }
}

function strongest(alerts: readonly ProductAlert[]): ProductAlert | undefined {
  return alerts.reduce<ProductAlert | undefined>(
    (best, alert) => (best === undefined || alert.score > best.score ? alert : best),
    undefined,
  )
}

function show(
  { world, seed }: Measured,
  attack: AttackWindow,
  best: ProductAlert | undefined,
): void {
  const { token, kind, startMs, endMs } = attack
  const archetype = world.archetypes.get(token as ProductAlert['finding']['token'])
  const day = Math.floor((startMs - world.startMs) / dayMs)
  print(
    `  ${kind} on ${archetype}, seed ${seed} day ${day}, ${((endMs - startMs) / hourMs).toFixed(1)} h: ${best ? best.score.toFixed(2) : 'no finding'}`,
  )
  for (const { detector, contribution, text } of best?.finding.evidence ?? []) {
    print(`      ${detector} ${contribution.toFixed(1)}: ${text}`)
  }
}
