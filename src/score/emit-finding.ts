import { dayMs } from '../baseline/calendar.ts'
import { at } from '../baseline/layout.ts'
import { add, get, set, type TokenState } from '../baseline/token-states.ts'
import type { Finding } from '../domain/finding.ts'
import { buildFinding, round, ruleSurprise } from './build-finding.ts'
import type { ScoreContext } from './context.ts'
import { families } from './families.ts'
import { scoreDay } from './score-day.ts'

/** Nats by which a finding must have grown to be told again: below the budget, and above it. */
const findingStep = 0.5
export const alertStep = 0.25
/** A past alert loses so much a day: later ones need not beat it forever. */
export const alertFadePerDay = 0.5

/**
 * Mutates: scores the day of the token at the cursor; @returns a finding when its surprise first
 * passes the floor today, and again when it has grown enough.
 */
export function emitFinding(context: ScoreContext, state: TokenState): Finding | undefined {
  const { ts } = context.call.event
  const facts = context.facts.get(state.slot)
  const score = scoreDay(context, state, ts)
  const hasRule = facts !== undefined && [...facts.byTopic.keys()].some(topic => !isFamily(topic))
  const surprise = round(hasRule ? Math.max(score.surprise, ruleSurprise) : score.surprise)
  if (facts === undefined || surprise < context.settings.findingsFloor) return undefined
  const isAlert = surprise >= round(context.alertSurprise)
  if (isAlert ? !beatsLastAlert(state, surprise, ts) : !beatsLastFinding(state, surprise)) {
    return undefined
  }
  const finding = buildFinding(context, state, facts, { ...score, surprise })
  if (finding.evidence.length === 0) return undefined
  set(state, at.findingSurprise, surprise)
  add(state, at.findingSequence, 1)
  if (isAlert) {
    set(state, at.alertSurprise, surprise)
    set(state, at.alertMs, ts)
  }
  return finding
}

const isFamily = (topic: string) => families.some(name => name === topic)

function beatsLastFinding(state: TokenState, surprise: number): boolean {
  const last = get(state, at.findingSurprise)
  return last === 0 || surprise >= last + findingStep
}

function beatsLastAlert(state: TokenState, surprise: number, nowMs: number): boolean {
  const days = (nowMs - get(state, at.alertMs)) / dayMs
  return surprise > get(state, at.alertSurprise) - alertFadePerDay * days + alertStep
}
