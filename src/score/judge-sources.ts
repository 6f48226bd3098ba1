import { counted } from '../baseline/counted.ts'
import { start } from '../baseline/layout.ts'
import { getFloat, type TokenState } from '../baseline/token-states.ts'
import type { Finding } from '../domain/finding.ts'
import { placeOfKind, type ScoreContext } from './context.ts'
import { emitFinding } from './emit-finding.ts'
import { type Family, families } from './families.ts'
import { raiseEvidence } from './raise-evidence.ts'
import { bookRefused, bookSurprised, type Source } from './sources.ts'

/** A family's evidence that makes a token count as surprised by its source. */
const surprisedMin = 2.3
const surprisedFamilies: readonly Family[] = ['network', 'foreign']
const places = surprisedFamilies.map(name => families.indexOf(name))
/** Surprise for each further token. */
const surprisePerToken = 1.5
const tokensMin = 3
const refusedMin = 5
const sharedDetector = placeOfKind('shared-source')
const refusedDetector = placeOfKind('refused-source')

/**
 * Mutates: a prefix that is new to the token at the cursor, and surprises it, is evidence about every
 * other token that it surprised today. The cursor is back on the token afterward.
 *
 * @returns findings of the other tokens
 */
export function judgeSource(context: ScoreContext, state: TokenState): Finding[] {
  const { call } = context
  if ((call.signals & (1 << counted.newPrefix)) === 0 || !isSurprised(state)) return []
  const source = context.sources.at(call.prefixKey, call.day)
  if (source === undefined) return []
  const { slot } = state
  const isMore = bookSurprised(source, state.identity.token)
  const tokens = source.tokens.length
  if (source.refused.size >= refusedMin) raiseRefused(context, state, source.refused.size)
  if (tokens < tokensMin) return []
  raiseShared(context, state, tokens)
  // What the others have to hear of they have heard already.
  if (!isMore) return []
  const isRaised = context.isRaised
  const findings = forOthers(context, source, other => raiseShared(context, other, tokens), slot)
  context.states.moveTo(slot)
  context.isRaised = isRaised
  return findings
}

/**
 * Mutates: an unknown token was refused. That is evidence against the prefix; it never makes state of
 * a token, or stuffing would be an attack on memory.
 *
 * @returns findings of the tokens that the prefix surprised today
 */
export function judgeRefusal(context: ScoreContext): Finding[] {
  const { call } = context
  const source = context.sources.at(call.prefixKey, call.day)
  if (source === undefined) return []
  const refused = bookRefused(source, call.event.token)
  const isPowerOfTwo = (refused & (refused - 1)) === 0
  if (refused < refusedMin || !(refused === refusedMin || isPowerOfTwo)) return []
  return forOthers(context, source, state => raiseRefused(context, state, refused), -1)
}

/** How many tokens a source surprised, by the surprise that it was: 1 for none. */
export const tokensOf = (surprise: number) => 1 + surprise / surprisePerToken

function isSurprised(state: TokenState): boolean {
  return places.some(family => getFloat(state, start.evidenceToday + family) >= surprisedMin)
}

/** Mutates: moves the cursor over the source's tokens but `ownSlot`. */
function forOthers(
  context: ScoreContext,
  source: Source,
  raise: (state: TokenState) => void,
  ownSlot: number,
): Finding[] {
  const findings: Finding[] = []
  for (const token of source.tokens) {
    const slot = context.states.find(token)
    if (slot === undefined || slot === ownSlot) continue
    const state = context.states.moveTo(slot)
    context.isRaised = false
    raise(state)
    const finding = context.isRaised ? emitFinding(context, state) : undefined
    if (finding !== undefined) findings.push(finding)
  }
  return findings
}

function raiseShared(context: ScoreContext, state: TokenState, tokens: number): void {
  raiseEvidence(context, state, sharedDetector, {
    surprise: (tokens - 1) * surprisePerToken,
    observation: { observed: tokens, expected: 1, value: context.call.event.prefix },
    call: ownCall(context, state),
  })
}

function raiseRefused(context: ScoreContext, state: TokenState, refused: number): void {
  raiseEvidence(context, state, refusedDetector, {
    surprise: 6 + 2 * Math.log(refused / refusedMin),
    observation: { observed: refused, expected: 0, value: context.call.event.prefix },
    call: ownCall(context, state),
  })
}

/** The token's own last surprising call: the call at hand may be another token's. */
function ownCall({ facts, call }: ScoreContext, state: TokenState) {
  const own = facts.get(state.slot)?.call
  return call.event.token === state.identity.token ? call.event : own
}
