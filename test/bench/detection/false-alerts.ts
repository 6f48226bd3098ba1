import { dayMs } from '../../support/traffic.ts'
import { print } from '../report.ts'
import { groupBy } from './group-by.ts'
import type { Measured, ProductAlert } from './measure-world.ts'
import type { Oddity } from './worlds/bench-world.ts'

/** Below it a false alert is within any budget that is measured: ln(1000 / 10). */
const countedMin = 4.6
/** What has happened so long ago may still be new to a token. */
const lingerMs = 5 * dayMs

/** Prints where false alerts come from, and the worst of them with all their evidence. */
export function printFalseAlerts(measured: readonly Measured[], count: number): void {
  for (const [make, worlds] of groupBy(measured, ({ make }) => make)) {
    const all = worlds.flatMap(one => one.falseAlerts.map(alert => explain(one, alert)))
    const counted = all.filter(({ alert }) => alert.score >= countedMin)
    print(`\n== false alerts, ${make}: ${counted.length} of at least ${countedMin} nats`)
    tally(
      'by archetype',
      counted.map(({ archetype }) => archetype),
    )
    tally(
      'by leading detector',
      counted.map(({ alert }) => alert.finding.detectors[0] ?? 'none'),
    )
    tally(
      'by oddity',
      counted.map(({ oddity }) => oddity),
    )
    for (const one of all.sort((a, b) => b.alert.score - a.alert.score).slice(0, count)) show(one)
  }
}

interface Explained {
  readonly alert: ProductAlert
  readonly archetype: string
  readonly oddity: string
  readonly day: number
  readonly seed: number
}

function explain({ world, seed }: Measured, alert: ProductAlert): Explained {
  const { token, ts } = alert.finding
  const isAround = ({ tokens, startMs, endMs }: Oddity) =>
    tokens.has(token) && ts >= startMs && ts < Math.min(endMs, startMs + lingerMs) + dayMs
  const kinds = world.oddities.filter(isAround).map(({ kind }) => kind)
  return {
    alert,
    seed,
    archetype: world.archetypes.get(token) ?? 'unknown',
    oddity: [...new Set(kinds)].sort().join('+') || 'none',
    day: Math.floor((ts - world.startMs) / dayMs),
  }
}

function tally(title: string, names: readonly string[]): void {
  const counts = [...groupBy(names, name => name)].map(
    ([name, list]) => [name, list.length] as const,
  )
  const shown = counts.sort(([, a], [, b]) => b - a).slice(0, 12)
  print(`  ${title}: ${shown.map(([name, n]) => `${name} ${n}`).join(', ')}`)
}

function show({ alert, archetype, oddity, day, seed }: Explained): void {
  const { finding, score } = alert
  print(
    `  ${score.toFixed(2)} seed ${seed} day ${day} ${finding.token.slice(0, 8)} ${archetype}, ${finding.tenant}; oddity: ${oddity}`,
  )
  for (const { detector, contribution, text, values } of finding.evidence) {
    print(`      ${detector} ${contribution.toFixed(1)}: ${text} [${values.join(', ')}]`)
  }
}
