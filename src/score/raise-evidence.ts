import { at, start } from '../baseline/layout.ts'
import { get, getFloat, setFloat, type TokenState } from '../baseline/token-states.ts'
import { isYoungSource } from '../baseline/young-sources.ts'
import { hashText } from '../lib/hash-text.ts'
import { familyOf, type ScoreContext, tailSlotOf } from './context.ts'
import { statisticalDetectors } from './detectors/index.ts'
import { type FactCall, noteFact, withNames } from './facts.ts'
import { deflate } from './own-tail.ts'

/** Below it evidence counts nothing in the score: 1 token-day in 11. */
export const evidenceMin = 2.4
/** Below it a fact is not worth a sentence. */
const factMin = 1.5

/** What a detector saw, for the sentence that explains it. */
export interface Observation {
  readonly observed: number
  readonly expected: number
  readonly spread?: number
  readonly value?: string
}

/**
 * The one place where evidence enters. Mutates the day's maxima of detector and family, and notes the
 * fact: x = min(own tail, peers' tail), so that an event is only as surprising as both say.
 *
 * @param detector - place in the registry
 * @param surprise - -ln p under the token's own model, nats
 * @param call - undefined when a window closes and no call is at hand
 * @throws RangeError when the surprise is not finite or negative: a bug must not pass as "no evidence"
 */
export function raiseEvidence(
  context: ScoreContext,
  state: TokenState,
  detector: number,
  evidence: {
    readonly surprise: number
    readonly observation: Observation
    readonly call: FactCall | undefined
  },
): void {
  const { surprise, call } = evidence
  if (!(surprise >= 0 && surprise < Number.POSITIVE_INFINITY)) {
    throw new RangeError(`${statisticalDetectors[detector]?.id}: surprise is ${surprise}`)
  }
  if (surprise <= getFloat(state, start.surpriseToday + detector)) return
  setFloat(state, start.surpriseToday + detector, surprise)
  context.changed.add(state.slot)
  const peerClass = get(state, at.peerClass)
  const deflated = deflate(state, tailSlotOf[detector], surprise)
  const calibrated = context.calibrators.ofDetector(peerClass, detector).surprise(deflated)
  const x = Math.min(deflated, calibrated)
  const family = familyOf[detector] ?? 0
  if (x <= getFloat(state, start.evidenceToday + family)) return
  setFloat(state, start.evidenceToday + family, x)
  if (x > factMin && call !== undefined) note(context, state, { ...evidence, call, detector, x })
  if (calibratedFamily(context, peerClass, family, x) >= evidenceMin) context.isRaised = true
}

/** Evidence of a family, against what token-days of this class reach. */
export function calibratedFamily(
  { calibrators }: ScoreContext,
  peerClass: number,
  family: number,
  x: number,
): number {
  return x > 0 ? Math.min(x, calibrators.ofFamily(peerClass, family).surprise(x)) : 0
}

/**
 * The call to show and to act on: one from a young source before one from an established source. When
 * owner and thief take turns, the owner's call may be the one that raises the score.
 */
function suspectOf(state: TokenState, known: FactCall, raising: FactCall): FactCall {
  const now = Math.floor(get(state, at.clockMs) / 1000)
  const isYoung = ({ prefix, client }: FactCall) =>
    isYoungSource(state, { prefixKey: hashText(prefix), clientKey: hashText(client) }, now)
  return isYoung(known) && !isYoung(raising) ? withNames(known, raising) : withNames(raising, known)
}

function note(
  { facts }: ScoreContext,
  state: TokenState,
  evidence: {
    readonly surprise: number
    readonly observation: Observation
    readonly call: FactCall
    readonly detector: number
    readonly x: number
  },
): void {
  const detector = statisticalDetectors[evidence.detector]
  if (detector === undefined) return
  const known = facts.get(state.slot) ?? { call: evidence.call, byTopic: new Map() }
  known.call = suspectOf(state, known.call, evidence.call)
  facts.set(state.slot, known)
  const { observed, expected, spread = 0, value = '' } = evidence.observation
  noteFact(known, detector.family, {
    detector: detector.id,
    surprise: evidence.surprise,
    evidence: evidence.x,
    observed,
    expected,
    spread,
    values: value === '' ? [] : [value],
  })
}
