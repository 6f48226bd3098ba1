import { type Call, createCall } from '../baseline/call.ts'
import { createKnownObjects, type KnownObjects } from '../baseline/known-objects.ts'
import type { PeerGroup } from '../baseline/peer-group.ts'
import { createPopulation, type Population } from '../baseline/population.ts'
import { createTokenStates, type TokenState, type TokenStates } from '../baseline/token-states.ts'
import { type Calibrators, createCalibrators } from './calibrators.ts'
import { statisticalDetectors } from './detectors/index.ts'
import type { TokenFacts } from './facts.ts'
import { families } from './families.ts'
import type { ScoreSettings } from './settings.ts'
import { createSources, type Sources } from './sources.ts'

/** Everything that scoring one event reads and changes. */
export interface ScoreContext {
  readonly settings: ScoreSettings
  /** -ln q from which a finding is an alert: ln(1000 / budget). */
  readonly alertSurprise: number
  readonly states: TokenStates
  readonly population: Population
  readonly calibrators: Calibrators
  readonly sources: Sources
  readonly objects: KnownObjects
  /** Today's facts by slot. */
  readonly facts: Map<number, TokenFacts>
  /** Slots that changed since the snapshot before. */
  readonly changed: Set<number>
  readonly call: Call
  /** Evidence of the token at hand rose during this event: its score must be looked at. */
  isRaised: boolean
}

export function createContext(settings: ScoreSettings): ScoreContext {
  return {
    settings,
    alertSurprise: Math.log(1000 / settings.alertBudgetPer1000TokenDays),
    states: createTokenStates(),
    population: createPopulation({
      groupsMax: settings.peerGroupsMax,
      knownValuesMax: settings.knownValuesMax,
    }),
    calibrators: createCalibrators(),
    sources: createSources(settings.sourcesMax),
    objects: createKnownObjects(),
    facts: new Map(),
    changed: new Set(),
    call: createCall(),
    isRaised: false,
  }
}

/** The token's peer group and everyone. */
export function peersOf(
  population: Population,
  state: TokenState,
): { readonly own: PeerGroup; readonly everyone: PeerGroup } {
  const { everyone, groups } = population
  return { own: groups[state.identity.group] ?? everyone, everyone }
}

/** Place of each detector's family. */
export const familyOf: readonly number[] = statisticalDetectors.map(({ family }) =>
  families.indexOf(family),
)

let tailSlots = 0
/** Place of a bursty detector's tail in state. */
export const tailSlotOf: readonly (number | undefined)[] = statisticalDetectors.map(
  ({ isBursty }) => (isBursty ? tailSlots++ : undefined),
)

const placesBy = (key: 'counts' | 'measures'): readonly number[] => {
  const places: number[] = []
  for (const [place, detector] of statisticalDetectors.entries()) {
    if (key === 'counts' && detector.kind === 'count') places[detector.counts] = place
    if (key === 'measures' && detector.kind === 'magnitude') places[detector.measures] = place
  }
  return places
}

const countPlaces = placesBy('counts')
const magnitudePlaces = placesBy('measures')

/** Place of the detector that judges a count, `counted`. */
export const detectorOfCount = (kind: number): number => countPlaces[kind] ?? Number.NaN
/** Place of the detector that judges a magnitude, `measured`. */
export const detectorOfMagnitude = (kind: number): number => magnitudePlaces[kind] ?? Number.NaN

export const placeOfKind = (kind: (typeof statisticalDetectors)[number]['kind']): number =>
  statisticalDetectors.findIndex(detector => detector.kind === kind)
