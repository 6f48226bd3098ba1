import { dayMs, hourMs } from '../../support/traffic.ts'
import { groupBy } from './group-by.ts'

/** What a detector says of a token at a moment; scores of one detector are comparable. */
export interface Alert {
  readonly token: string
  /** Event time. */
  readonly tsMs: number
  readonly score: number
}

/** An attack on one token, by its first and last malicious call. */
export interface AttackWindow {
  readonly token: string
  readonly kind: string
  readonly startMs: number
  readonly endMs: number
}

export interface Judgment<Given extends Alert = Alert> {
  /** In the order of the attacks: all alerts that count for each, in time order. */
  readonly hits: readonly (readonly Given[])[]
  /** At most one per token and UTC day: the one with the day's highest score. */
  readonly falseAlerts: readonly Given[]
}

/** An alert so long after the last malicious call is still a hit. */
const graceMs = 6 * hourMs
/** So long after it the baseline is disturbed: alerts are neither hit nor false. */
const aftermathMs = 3 * dayMs

/** @param warmUpEndMs - alerts before are not counted as false */
export function judgeAlerts<Given extends Alert>(
  alerts: readonly Given[],
  attacks: readonly AttackWindow[],
  warmUpEndMs: number,
): Judgment<Given> {
  const ofToken = groupBy(attacks, ({ token }) => token)
  const hits = new Map<AttackWindow, Given[]>()
  const worst = new Map<string, Given>()
  for (const alert of alerts.toSorted((a, b) => a.tsMs - b.tsMs)) {
    const own = ofToken.get(alert.token) ?? []
    for (const attack of own.filter(isWithin(alert, graceMs))) {
      hits.set(attack, [...(hits.get(attack) ?? []), alert])
    }
    if (alert.tsMs < warmUpEndMs || own.some(isWithin(alert, aftermathMs))) continue
    const day = `${alert.token} ${Math.floor(alert.tsMs / dayMs)}`
    const known = worst.get(day)
    if (known === undefined || alert.score > known.score) worst.set(day, alert)
  }
  return {
    hits: attacks.map(attack => hits.get(attack) ?? []),
    falseAlerts: [...worst.values()],
  }
}

const isWithin =
  ({ tsMs }: Alert, afterMs: number) =>
  ({ startMs, endMs }: AttackWindow) =>
    tsMs >= startMs && tsMs <= endMs + afterMs
