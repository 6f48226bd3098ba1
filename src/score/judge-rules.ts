import type { TokenState } from '../baseline/token-states.ts'
import type { RegisteredToken } from '../domain/registered-token.ts'
import { ruleSurprise } from './build-finding.ts'
import type { ScoreContext } from './context.ts'
import { ruleDetectors } from './detectors/index.ts'
import { noteFact, withNames } from './facts.ts'

/** Mutates: notes each rule that the call breaks for the first time today. */
export function judgeRules(
  context: ScoreContext,
  state: TokenState,
  registered: RegisteredToken | undefined,
): void {
  const { event } = context.call
  const graceMs = 60_000 * context.settings.graceMinutes
  for (const rule of ruleDetectors) {
    const text = rule.judge(event, registered, graceMs)
    if (text === undefined) continue
    const known = context.facts.get(state.slot) ?? { call: event, byTopic: new Map() }
    if (known.byTopic.has(rule.id)) continue
    known.call = withNames(event, known.call)
    context.facts.set(state.slot, known)
    noteFact(known, rule.id, {
      detector: rule.id,
      surprise: ruleSurprise,
      evidence: ruleSurprise,
      observed: 1,
      expected: 0,
      spread: 0,
      values: [text],
    })
    context.isRaised = true
  }
}
