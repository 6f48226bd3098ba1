import { at } from '../baseline/layout.ts'
import { get, type TokenState } from '../baseline/token-states.ts'
import type { Evidence, Finding, Severity } from '../domain/finding.ts'
import { mixBits } from '../lib/mix-bits.ts'
import type { ScoreContext } from './context.ts'
import { detectors } from './detectors/index.ts'
import { explain } from './explain.ts'
import { type Fact, type TokenFacts, triggerOf } from './facts.ts'
import { families, superFamilies } from './families.ts'
import type { DayScore } from './score-day.ts'
import { scorerVersion } from './scorer-version.ts'

/** -ln q of a rule: as good as certain, beyond any budget. */
export const ruleSurprise = 13.8

const familyPlaces = new Map<string, number>(families.map((name, place) => [name, place]))
const byId = new Map(detectors.map(detector => [detector.id, detector]))

/**
 * Risk, 0 to 100, of a surprise: 100 (1 - e^(-surprise/6)), rounded. 1.6 nats are 23, one token-day in
 * a thousand 68, one in a million 90.
 */
export function riskOf(surprise: number): number {
  return Math.round(100 * (1 - Math.exp(-surprise / 6)))
}

/** One finding of the token at the cursor, raised by the call at hand. */
export function buildFinding(
  context: ScoreContext,
  state: TokenState,
  facts: TokenFacts,
  score: DayScore,
): Finding {
  const { call, alertSurprise } = context
  const { token, entity, tenant } = state.identity
  const { source, partition, offset, index, ts } = call.event
  const { tokenHint, credentialId, consumer, application } = facts.call
  const evidence = evidenceOf(state, facts, score)
  const surprise = round(score.surprise)
  return {
    source,
    partition,
    offset,
    index,
    id: findingId(token, get(state, at.openDay), get(state, at.findingSequence)),
    ts,
    entity,
    token,
    tokenHint,
    credentialId,
    consumer,
    application,
    tenant,
    detectors: evidence.map(({ detector }) => detector),
    surprise,
    risk: riskOf(surprise),
    severity: severityOf(surprise - alertSurprise, evidence),
    isAlert: surprise >= round(alertSurprise),
    evidence,
    trigger: triggerOf(facts.call),
    scorerVersion,
  }
}

/** Engines differ in the last bit of a logarithm: thresholds are compared after this. */
export function round(nats: number): number {
  return Math.round(nats * 1000) / 1000
}

/** Largest contribution first. A rule carries the score alone. */
function evidenceOf(
  state: TokenState,
  facts: TokenFacts,
  { surprise, shares, slowFamily }: DayScore,
): Evidence[] {
  const weighed = [...facts.byTopic].map(([topic, fact]) => ({
    topic,
    fact,
    share: shareOf(topic, shares),
  }))
  const hasRule = weighed.some(({ share }) => share === undefined)
  const total = weighed.reduce((sum, { share }) => sum + (share ?? 0), 0)
  const rules = weighed.filter(({ share }) => share === undefined).length
  const contribution = (share: number | undefined) => {
    if (share === undefined) return surprise / rules
    return hasRule || total === 0 ? 0 : (surprise * share) / total
  }
  return weighed
    .filter(({ share }) => share === undefined || share > 0)
    .map(({ topic, fact, share }) =>
      toEvidence(fact, {
        state,
        contribution: contribution(share),
        isSlow: topic === families[slowFamily],
      }),
    )
    .filter(evidence => evidence !== undefined)
    .sort((a, b) => b.contribution - a.contribution || b.surprise - a.surprise)
}

/** Undefined for a rule, which belongs to no family. */
function shareOf(topic: string, shares: readonly number[]): number | undefined {
  const family = familyPlaces.get(topic)
  return family === undefined ? undefined : (shares[family] ?? 0)
}

function toEvidence(fact: Fact, context: Parameters<typeof explain>[2]): Evidence | undefined {
  const detector = byId.get(fact.detector)
  return detector && explain(detector, fact, context)
}

const identityDetectors = new Set<string>(superFamilies[0]?.members)

/** Below the budget low; then by how far above it; critical when it is certain or of two kinds. */
function severityOf(aboveAlert: number, evidence: readonly Evidence[]): Severity {
  const kinds = evidence.map(({ detector }) => byId.get(detector))
  if (kinds.some(detector => detector?.kind === 'rule')) return 'critical'
  if (aboveAlert < 0) return 'low'
  if (aboveAlert < Math.LN10) return 'medium'
  const isIdentity = kinds.map(
    detector =>
      detector !== undefined && detector.kind !== 'rule' && identityDetectors.has(detector.family),
  )
  const isTwofold = isIdentity.includes(true) && isIdentity.includes(false)
  return isTwofold && aboveAlert >= 2 * Math.LN10 ? 'critical' : 'high'
}

/** 32 hex digits from token, day and sequence: never from floats. */
function findingId(token: string, day: number, sequence: number): string {
  const words = [0, 8, 16, 24].map(from => Number.parseInt(token.slice(from, from + 8), 16) || 0)
  const salt = mixBits(day) ^ Math.imul(sequence + 1, 0x9e3779b1)
  return words
    .map((word, i) => mixBits(word ^ mixBits(salt + Math.imul(i, 0x85ebca6b))))
    .map(word => word.toString(16).padStart(8, '0'))
    .join('')
}
