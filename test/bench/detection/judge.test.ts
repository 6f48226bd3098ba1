import { expect, test } from 'vitest'
import { dayMs, hourMs, startMs } from '../../support/traffic.ts'
import { type Alert, type AttackWindow, judgeAlerts } from './judge.ts'
import { realizedBudget, recallAtBudget, studentHalfWidth, thresholdFor } from './summarize.ts'

const noon = startMs + 20 * dayMs + 12 * hourMs
const warmUpEndMs = startMs + 14 * dayMs
const theft: AttackWindow = {
  token: 'a',
  kind: 'theft',
  startMs: noon,
  endMs: noon + hourMs,
}
const alertAt = (tsMs: number, score = 5, token = 'a'): Alert => ({ token, tsMs, score })
const judge = (...alerts: Alert[]) => judgeAlerts(alerts, [theft], warmUpEndMs)

test('an alert from the first malicious call to six hours after the last is a hit', () => {
  const early = alertAt(noon)
  const late = alertAt(noon + 7 * hourMs)
  expect(judge(late, early)).toEqual({ hits: [[early, late]], falseAlerts: [] })
})

test('an alert within three days after an attack is neither hit nor false', () => {
  expect(judge(alertAt(noon + 8 * hourMs))).toEqual({ hits: [[]], falseAlerts: [] })
  expect(judge(alertAt(noon + 4 * dayMs)).falseAlerts).toHaveLength(1)
})

test('an alert before the attack or on another token is false', () => {
  const before = alertAt(noon - 1)
  const other = alertAt(noon, 5, 'b')
  expect(judge(before, other).falseAlerts).toEqual([before, other])
})

test('the warm-up has no false alerts', () => {
  expect(judge(alertAt(warmUpEndMs - 1)).falseAlerts).toEqual([])
})

test('of several false alerts of a token and UTC day the highest counts', () => {
  const strongest = alertAt(noon - hourMs, 6)
  const alerts = [alertAt(noon - 2 * hourMs, 3), strongest, alertAt(noon - 60_000, 4)]
  expect(judge(...alerts).falseAlerts).toEqual([strongest])
})

const runOf = (seed: number, hitScores: readonly number[]) => ({
  seed,
  attacks: hitScores.map(() => theft),
  hits: hitScores.map(score => [alertAt(noon, score), alertAt(noon + hourMs, 9)]),
  falseAlerts: [3, 5, 7, 8].map(score => alertAt(noon, score, 'b')),
  tokenDays: 1000,
})

test('the threshold leaves as many false alerts as the budget allows', () => {
  expect(thresholdFor([runOf(1, [])], 2)).toBeCloseTo(5, 6)
  expect(thresholdFor([runOf(1, [])], 4)).toBe(0)
})

test('recall counts attacks with one alert above the threshold, at the time of that alert', () => {
  const recall = recallAtBudget([runOf(1, [5, 6])], 2)
  expect(recall.byKind.get('theft')).toEqual({ hits: 2, attacks: 2 })
  expect(recall.delayHoursMedian).toBe(0.5)
  expect(recall.firstCallShare).toBe(0.5)
})

test('a realized budget counts false alerts of at least ln(1000 / budget) nats', () => {
  expect(realizedBudget([runOf(1, [])], 1)).toBe(2)
})

test('the interval over seeds is that of Student', () => {
  // R 4.3: t.test(c(.4, .5, .6, .5))$conf.int is .5 -+ .1299
  expect(studentHalfWidth([0.4, 0.5, 0.6, 0.5])).toBeCloseTo(0.1299, 4)
  expect(studentHalfWidth([0.4])).toBeNaN()
})
